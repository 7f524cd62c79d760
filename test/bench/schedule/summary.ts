import type { Played } from "./cell-worker.ts";
import { ci95, mean } from "./statistics.ts";

/** All figures are relative to workflow FIFO on the same stream, and means over the seeds. */
export interface SharedRow {
  readonly slots: number;
  readonly load: number;
  readonly policy: string;
  readonly mean: number;
  readonly weighted: number;
  readonly p95: number;
  readonly slowdown: number;
  /** Of `mean`, over the seeds; absent for a single one. */
  readonly ci95?: readonly [low: number, high: number];
  readonly p95Ci95?: readonly [low: number, high: number];
}

/** What forecasts that are wrong cost. */
export interface ErrorRow {
  readonly slots: number;
  readonly load: number;
  readonly policy: string;
  readonly forecast: string;
  readonly mean: number;
  readonly ci95?: readonly [low: number, high: number];
  /** The seed with the largest mean. */
  readonly worst: number;
  readonly p95: number;
  /** Share of the seeds that ended in workflow FIFO. */
  readonly fellBack: number;
}

interface Relative {
  readonly slots: number;
  readonly load: number;
  readonly policy: string;
  readonly forecast: string;
  readonly mean: number;
  readonly weighted: number;
  readonly p95: number;
  readonly slowdown: number;
  readonly fellBack: boolean;
}

export const summarize = (played: readonly Played[]): { readonly shared: SharedRow[]; readonly errors: ErrorRow[] } => {
  const relative = relativeTo(played);
  const groups = new Map<string, Relative[]>();
  for (const each of relative) {
    const key = JSON.stringify([each.slots, each.load, each.policy, each.forecast]);
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  const shared: SharedRow[] = [];
  const errors: ErrorRow[] = [];
  for (const group of groups.values()) {
    const [{ slots, load, policy, forecast }] = group as [Relative];
    const means = group.map((each) => each.mean);
    const p95s = group.map((each) => each.p95);
    const interval = ci95(means);
    const common = { slots, load, policy, mean: mean(means), p95: mean(p95s), ...(interval ? { ci95: interval } : {}) };
    if (forecast === "truth" || forecast === "leave-one-out") {
      const p95Interval = ci95(p95s);
      shared.push({
        ...common,
        weighted: mean(group.map((each) => each.weighted)),
        slowdown: mean(group.map((each) => each.slowdown)),
        ...(p95Interval ? { p95Ci95: p95Interval } : {}),
      });
    } else {
      errors.push({ ...common, forecast, worst: Math.max(...means), fellBack: mean(group.map((each) => Number(each.fellBack))) });
    }
  }
  return { shared, errors };
};

const relativeTo = (played: readonly Played[]): Relative[] => {
  const key = ({ cell }: Played): string => `${cell.slots}/${cell.load}/${cell.seed}`;
  const fifo = new Map(played.filter(({ policy }) => policy === "workflow-fifo").map((each) => [key(each), each.figures]));
  return played.map((each) => {
    const { cell, policy, forecast, figures } = each;
    const base = fifo.get(key(each));
    if (!base) throw new Error("workflow FIFO was not played");
    return {
      slots: cell.slots,
      load: cell.load,
      policy,
      forecast,
      mean: figures.mean / base.mean,
      weighted: figures.weighted / base.weighted,
      p95: figures.p95 / base.p95,
      slowdown: figures.slowdown / base.slowdown,
      fellBack: figures.fellBack,
    };
  });
};
