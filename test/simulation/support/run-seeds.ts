import type { Fault, FoundViolation, SimulateOptions, SimulateResult } from "@qmoi/simulator";

/** full: as in production; small: few tasks fill many items of a run. */
export type Layout = "full" | "small";

/** Worlds that differ in their seed only. */
export interface SeedsTask
  extends Pick<SimulateOptions, "from" | "seeds" | "tasks" | "only" | "most" | "aims" | "meddling" | "functions" | "violations" | "tries"> {
  readonly layout: Layout;
  readonly dropped?: readonly string[];
}

export interface LayoutViolation extends FoundViolation {
  readonly layout: Layout;
  readonly functions: boolean;
}

export interface SeedsResult extends Omit<SimulateResult, "violations"> {
  readonly violations: readonly LayoutViolation[];
}

/** What several tasks found, as if they had been one. */
export const sumOf = (results: readonly SeedsResult[]): SeedsResult => results.reduce(merge);

const merge = (a: SeedsResult, b: SeedsResult): SeedsResult => ({
  seeds: a.seeds + b.seeds,
  steps: a.steps + b.steps,
  tasks: a.tasks + b.tasks,
  virtualSeconds: a.virtualSeconds + b.virtualSeconds,
  seconds: Math.max(a.seconds, b.seconds),
  least: { tasks: Math.min(a.least.tasks, b.least.tasks), faults: Math.min(a.least.faults, b.least.faults) },
  violations: [...a.violations, ...b.violations],
  faults: mergeFaults(a.faults, b.faults),
});

type Faults = SimulateResult["faults"];

const mergeFaults = (a: Faults, b: Faults): Faults => {
  const sum: Partial<Record<Fault, Record<string, number>>> = {};
  for (const faults of [a, b]) {
    for (const [fault, places] of Object.entries(faults) as [Fault, Record<string, number>][]) {
      const known = sum[fault] ?? {};
      for (const [place, times] of Object.entries(places)) known[place] = (known[place] ?? 0) + times;
      sum[fault] = known;
    }
  }
  return sum;
};

/** What a failed run prints: seed, invariant, how to replay it, and the end of the smallest world's trace. */
export const describeViolation = (violation: LayoutViolation, lines = 120): string => {
  const { seed, invariant, message, replay, trace, layout, functions } = violation;
  const world = `${layout === "small" ? " --layout small" : ""}${functions ? " --functions" : ""}`;
  const shown = trace.slice(-lines);
  const left = trace.length - shown.length;
  return [
    `seed ${seed} breaks ${invariant}: ${message}`,
    `replay: npm run soak -- ${replay}${world} --trace`,
    ...(left > 0 ? [`(${left} earlier lines of the trace left out)`] : []),
    ...shown.map((line) => (line.length > 300 ? `${line.slice(0, 300)}…` : line)),
  ].join("\n");
};
