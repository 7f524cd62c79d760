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
  /** Upward rank: the longest way from each task's start to the end, in seconds. */
  readonly rank: Float64Array;
  /** The longest of them. */
  readonly path: number;
  /** Slot-seconds of all tasks. */
  readonly total: number;
}

/** Less is not worth ordering by, and 0 would make ratios meaningless. */
const LEAST_SECONDS = 1e-3;

/** `predicted`: seconds by task. `slots` and `counts` are 1 for all where they are absent; tasks are all of one kind where `kinds` is. */
export const forecastWorkflow = (
  graph: TaskGraph,
  predicted: ArrayLike<number>,
  {
    slots,
    counts,
    kinds = [],
  }: { readonly slots?: Int32Array; readonly counts?: ArrayLike<number>; readonly kinds?: readonly (string | number)[] } = {},
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
  const rank = upwardRanks(graph, seconds);
  return {
    seconds,
    slots: taken,
    counts: many,
    kinds: numbered,
    kindCount: numbers.size,
    rank,
    path: rank.reduce((longest, each) => Math.max(longest, each), 0),
    total: seconds.reduce((sum, each, task) => sum + each * (taken[task] as number) * (many[task] as number), 0),
  };
};
