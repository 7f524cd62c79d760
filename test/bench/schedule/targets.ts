import { mean } from "./statistics.ts";
import type { ErrorRow, SharedRow } from "./summary.ts";

/** How much of what perfect knowledge would gain the forecasts gain, for one number of slots and load. */
export interface SharedGain {
  readonly slots: number;
  readonly load: number;
  /** (1 - mean) of ours over (1 - mean) of the oracle's. */
  readonly fast: number;
  readonly fair: number;
  readonly fairP95: number;
  /** The largest mean under forecasts that are as wrong as can be. */
  readonly worstHarm: number;
}

/** The same for the makespan of one workflow alone. */
export interface SingleGain {
  readonly slots: number;
  readonly gain: number;
  readonly oracleGain: number;
  readonly share: number;
  /** The worst instance: makespan over FIFO's. */
  readonly worst: number;
  /** Share of the instances that are at most 1% worse than FIFO. */
  readonly within1Percent: number;
}

const ADVERSARIES = ["inverted", "reversed", "constant", "lognormal-2"];

export const sharedGains = (shared: readonly SharedRow[], errors: readonly ErrorRow[]): SharedGain[] => {
  const cells = new Map(shared.map(({ slots, load }) => [`${slots}/${load}`, { slots, load }]));
  return [...cells.values()].map(({ slots, load }) => {
    const here = shared.filter((row) => row.slots === slots && row.load === load);
    const of = (policy: string): SharedRow | undefined => here.find((row) => row.policy === policy);
    const share = (ours: string, oracle: string): number => (1 - (of(ours)?.mean ?? Number.NaN)) / (1 - (of(oracle)?.mean ?? Number.NaN));
    const harms = errors.filter((row) => row.slots === slots && row.load === load && ADVERSARIES.includes(row.forecast));
    return {
      slots,
      load,
      fast: share("fast", "oracle-fast"),
      fair: share("fair", "oracle-fair"),
      fairP95: of("fair")?.p95 ?? Number.NaN,
      worstHarm: Math.max(...harms.map((row) => row.mean)),
    };
  });
};

/** `ratios`: makespan over FIFO's, by instance. */
export const singleGain = (slots: number, ratios: ReadonlyMap<string, readonly number[]>): SingleGain | undefined => {
  const [ours, oracle] = [ratios.get("fair"), ratios.get("oracle-fair")];
  if (!ours || !oracle) return undefined;
  const [gain, oracleGain] = [1 - mean(ours), 1 - mean(oracle)];
  return {
    slots,
    gain,
    oracleGain,
    share: gain / oracleGain,
    worst: Math.max(...ours),
    within1Percent: mean(ours.map((ratio) => Number(ratio <= 1.01))),
  };
};
