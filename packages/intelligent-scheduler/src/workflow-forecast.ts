import { sizeOf, type TaskGraph, upwardRanks } from "./task-graph.ts";

/** What is predicted of a workflow's tasks, by task number; all its runs share it. */
export interface WorkflowForecast {
  /** Run time of each task. */
  readonly seconds: Float64Array;
  /** Slots that each task takes. */
  readonly slots: Int32Array;
  /** How many tasks each is expected to turn into: 1, but for a `forEach`. */
  readonly counts: Float64Array;
  /** Tasks of one kind do the same to different data, so what a few of them took says something of the others. Numbered from 0. */
  readonly kinds: Int32Array;
  readonly kindCount: number;
  /** By kind: slot-seconds of all its tasks, and the mean seconds of one. */
  readonly work: Float64Array;
  readonly means: Float64Array;
  /** By kind: how unsure its tasks' run times are, as the variance of their logarithm. */
  readonly variances: Float64Array;
  /** By kind: 1 where nothing like its tasks has ended before, so that they are forecast by what others took. */
  readonly untried: Uint8Array;
  /** Upward rank: the longest way from each task's start to the end, in seconds. */
  readonly rank: Float64Array;
  /** The longest of them. */
  readonly path: number;
  /** Slot-seconds of all tasks: the middle of what they may come to, and the mean. */
  readonly total: number;
  readonly expected: number;
}

/** The mean counts as at most twice the middle: beyond, it would be made by the far ends of a forecast, of which few runs tell. */
const MOST_VARIANCE = 2 * Math.LN2;

/** The variance of what was never tried: off by a factor of six or seven, since other workflows do the same to data of any size. */
export const UNTRIED_VARIANCE = 3.5;

/** The variance of what is known of by no forecast: off by a factor of e. */
export const UNKNOWN_VARIANCE = 1;

/** The mean of a log-normal distribution over its median, by the variance of the logarithm. */
export const meanOverMedian = (variance: number): number => Math.exp(variance / 2);

/** Less is not worth ordering by, and 0 would make ratios meaningless. */
const LEAST_SECONDS = 1e-3;

/**
 * `predicted`: seconds by task, the middle of what they may take. `slots` and `counts` are 1 for all where they are absent; tasks are all of one kind
 * where `kinds` is, certain where `variances` (of the logarithm, by task) is, and tried before where `untried` (by task) is.
 */
export const forecastWorkflow = (
  graph: TaskGraph,
  predicted: ArrayLike<number>,
  {
    slots,
    counts,
    kinds = [],
    variances,
    untried,
  }: {
    readonly slots?: Int32Array;
    readonly counts?: ArrayLike<number>;
    readonly kinds?: readonly (string | number)[];
    readonly variances?: ArrayLike<number>;
    readonly untried?: ArrayLike<boolean>;
  } = {},
): WorkflowForecast => {
  const size = sizeOf(graph);
  const seconds = Float64Array.from({ length: size }, (_, task) => Math.max(LEAST_SECONDS, predicted[task] ?? 0));
  const taken = slots ?? new Int32Array(size).fill(1);
  const many = Float64Array.from({ length: size }, (_, task) => counts?.[task] ?? 1);
  const numbers = new Map<string | number | undefined, number>();
  const numbered = Int32Array.from({ length: size }, (_, task) => {
    const kind = kinds[task];
    const number = numbers.get(kind) ?? numbers.size;
    numbers.set(kind, number);
    return number;
  });
  const work = seconds.map((each, task) => each * (taken[task] as number) * (many[task] as number));
  const total = work.reduce((sum, each) => sum + each, 0);
  const varianceOf = (task: number): number => (untried?.[task] ? UNTRIED_VARIANCE : Math.min(MOST_VARIANCE, variances?.[task] ?? 0));
  const byKind = (of: (task: number) => number): Float64Array => {
    const sums = new Float64Array(numbers.size);
    for (const [task, kind] of numbered.entries()) sums[kind] = (sums[kind] as number) + of(task);
    return sums;
  };
  const tasksOf = byKind(() => 1);
  const meanOf = (of: (task: number) => number): Float64Array => byKind(of).map((sum, kind) => sum / (tasksOf[kind] as number));
  const rank = upwardRanks(graph, seconds);
  return {
    seconds,
    slots: taken,
    counts: many,
    kinds: numbered,
    kindCount: numbers.size,
    work: byKind((task) => work[task] as number),
    means: meanOf((task) => seconds[task] as number),
    variances: meanOf(varianceOf),
    untried: Uint8Array.from(
      byKind((task) => +(untried?.[task] ?? false)),
      (tasks) => +(tasks > 0),
    ),
    rank,
    path: rank.reduce((longest, each) => Math.max(longest, each), 0),
    total,
    expected: total * meanOverMedian(work.reduce((sum, each, task) => sum + each * varianceOf(task), 0) / Math.max(LEAST_SECONDS, total)),
  };
};
