import type { PlayedRun, PlayedTask } from "./played.ts";

/** When a task could start, started and ended, in ms. */
export interface Span {
  readonly run: string;
  readonly workflow: string;
  readonly task: Pick<PlayedTask, "name" | "pool" | "slots">;
  readonly readyAt: number;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** Times in seconds. */
export interface Figures {
  readonly runs: number;
  readonly tasks: number;
  /** From the first run's arrival to the last run's end. */
  readonly makespan: number;
  /** From a run's arrival to its end: the mean, and what one run in twenty takes longer than. */
  readonly meanCompletion: number;
  readonly p95Completion: number;
  /** From the moment at which a task could start to its start. */
  readonly meanWaiting: number;
  readonly longestWaiting: number;
  /** Part of all slots that is in use between the first arrival and the last end, 0 to 1; of all pools that have work, and by pool. */
  readonly utilisation: number;
  readonly utilisationOf: Readonly<Record<string, number>>;
}

/** `pools`: slots by pool. A run without tasks ends as it arrives. */
export const figuresOf = (
  runs: readonly Pick<PlayedRun, "run" | "at">[],
  spans: readonly Span[],
  pools: Readonly<Record<string, number>>,
): Figures => {
  const ends = new Map(runs.map(({ run, at }) => [run, at]));
  const used = new Map<string, number>();
  let waited = 0;
  let longest = 0;
  for (const { run, task, readyAt, startedAt, endedAt } of spans) {
    ends.set(run, Math.max(ends.get(run) ?? 0, endedAt));
    used.set(task.pool, (used.get(task.pool) ?? 0) + task.slots * (endedAt - startedAt));
    waited += startedAt - readyAt;
    longest = Math.max(longest, startedAt - readyAt);
  }
  const first = runs.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY);
  const last = [...ends.values()].reduce((most, end) => Math.max(most, end), Number.NEGATIVE_INFINITY);
  const makespan = runs.length === 0 ? 0 : last - first;
  const completions = runs.map(({ run, at }) => (ends.get(run) as number) - at).sort((a, b) => a - b);
  const part = (slotMs: number, slots: number): number => (makespan === 0 || slots === 0 ? 0 : slotMs / (slots * makespan));
  const busy = [...used.keys()];
  return {
    runs: runs.length,
    tasks: spans.length,
    makespan: makespan / 1000,
    meanCompletion: mean(completions) / 1000,
    p95Completion: (completions[Math.ceil(0.95 * completions.length) - 1] ?? 0) / 1000,
    meanWaiting: (spans.length === 0 ? 0 : waited / spans.length) / 1000,
    longestWaiting: longest / 1000,
    utilisation: part(sum([...used.values()]), sum(busy.map((pool) => pools[pool] ?? 0))),
    utilisationOf: Object.fromEntries(busy.map((pool) => [pool, part(used.get(pool) ?? 0, pools[pool] ?? 0)])),
  };
};

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]): number => (values.length === 0 ? 0 : sum(values) / values.length);
