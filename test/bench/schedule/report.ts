import type { SingleRow } from "./single.ts";
import type { ErrorRow, SharedRow } from "./summary.ts";
import type { SharedGain, SingleGain } from "./targets.ts";

export interface Result {
  readonly instances: number;
  readonly arrivals: number;
  readonly seeds: number;
  readonly seconds: number;
  readonly single: readonly SingleRow[];
  readonly shared: readonly SharedRow[];
  readonly errors: readonly ErrorRow[];
  readonly gains: { readonly shared: readonly SharedGain[]; readonly makespan: readonly SingleGain[] };
}

/** The result as tables for people. */
export const report = (result: Result): string =>
  [
    `${result.instances} instances, ${result.arrivals} arrivals, ${result.seeds} seeds, ${result.seconds} s`,
    "",
    "One workflow alone (means over instances):",
    table(
      ["slots", "policy", "over lower bound", "over FIFO", "worst over FIFO"],
      result.single
        .filter(({ family }) => family === "all")
        .map((row) => [row.slots, row.policy, fixed(row.overLowerBound), fixed(row.overFifo), fixed(row.worstOverFifo)]),
    ),
    "Makespan: share of the oracle's gain over FIFO:",
    table(
      ["slots", "gain", "oracle's", "share", "worst", "within 1%"],
      result.gains.makespan.map((row) => [
        row.slots,
        percent(row.gain),
        percent(row.oracleGain),
        percent(row.share),
        fixed(row.worst),
        percent(row.within1Percent),
      ]),
    ),
    "Shared slots, relative to workflow FIFO (means over seeds):",
    table(
      ["slots", "load", "policy", "mean", "95% interval", "weighted", "P95", "slowdown"],
      result.shared.map((row) => [
        row.slots,
        row.load,
        row.policy,
        fixed(row.mean),
        row.ci95 ? row.ci95.map(fixed).join(" to ") : "",
        fixed(row.weighted),
        fixed(row.p95),
        fixed(row.slowdown),
      ]),
    ),
    "Share of the oracle's gain in mean completion, and the most harm that wrong forecasts do:",
    table(
      ["slots", "load", "fast", "fair", "P95 of fair", "harm"],
      result.gains.shared.map((row) => [
        row.slots,
        row.load,
        percent(row.fast),
        percent(row.fair),
        fixed(row.fairP95),
        fixed(row.worstHarm),
      ]),
    ),
    "Wrong forecasts, relative to workflow FIFO:",
    table(
      ["slots", "load", "policy", "forecast", "mean", "worst seed", "P95", "fell back"],
      result.errors.map((row) => [
        row.slots,
        row.load,
        row.policy,
        row.forecast,
        fixed(row.mean),
        fixed(row.worst),
        fixed(row.p95),
        percent(row.fellBack),
      ]),
    ),
  ].join("\n");

const fixed = (value: number): string => value.toFixed(3);
const percent = (value: number): string => `${(100 * value).toFixed(1)}%`;

const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string => {
  const cells = [head, ...rows.map((row) => row.map(String))];
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return `${cells.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd()).join("\n")}\n`;
};
