import type { PlayedRun, PlayedTask } from "./played.ts";

/** As many tasks of a type as its median takes to be believed. */
const FEW = 5;

/**
 * What an engine without a trained model expects of a task: the median of what tasks of its type take, where there are a few of them, else
 * what its author expects. Medians are of all these runs, also of those that come later.
 */
export const expectedByType = (runs: readonly PlayedRun[]): ((task: PlayedTask) => number) => {
  const seen = new Map<string, number[]>();
  for (const { tasks } of runs) {
    for (const { type, seconds } of tasks) {
      const known = seen.get(type);
      if (known) known.push(seconds);
      else seen.set(type, [seconds]);
    }
  }
  const medians = new Map([...seen].filter(([, seconds]) => seconds.length >= FEW).map(([type, seconds]) => [type, medianOf(seconds)]));
  return ({ type, estimate }) => medians.get(type) ?? estimate;
};

const medianOf = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] as number;
};
