import type { Case, Outcome } from "../model/case.ts";
import { PROBABILITIES } from "../model/track.ts";
import { quantileOf } from "../stats/quantile.ts";

export const BASELINES = ["mean", "median", "last20", "linear"] as const;
export type Baseline = (typeof BASELINES)[number];

/** A point and the quantiles 0.05, 0.9 and 0.95; logarithms. */
export interface Simple {
  readonly point: number;
  readonly quantiles: readonly number[];
}

/** Deviations of a normal distribution at the probabilities. */
const NORMAL = [-1.6449, 1.2816, 1.6449];
const LAST = 20;

/**
 * What one would do without a model, per name of the narrowest level or, for an unknown one, over all:
 * the mean and deviation, the empirical quantiles, those of the last 20, and an ordinary line on input size.
 */
export const trainBaselines = (outcomes: readonly Outcome[]): ((given: Case) => Record<Baseline, Simple>) => {
  const groups = Map.groupBy(outcomes, (outcome) => outcome.names[0]);
  const perName = <T>(learn: (rows: readonly Outcome[]) => T): ((given: Case) => T) => {
    const all = learn(outcomes);
    const learned = new Map([...groups].map(([name, rows]) => [name, learn(rows)]));
    return (given) => learned.get(given.names[0]) ?? all;
  };
  const mean = perName(normal);
  const median = perName(empirical);
  const last20 = perName((rows) => empirical(rows.slice(-LAST)));
  const linear = perName(line);
  return (given) => ({ mean: mean(given), median: median(given), last20: last20(given), linear: linear(given)(given) });
};

const normal = (rows: readonly Outcome[]): Simple => {
  const mean = average(rows.map(({ value }) => value));
  const deviation = Math.sqrt(average(rows.map(({ value }) => (value - mean) ** 2)));
  return { point: mean, quantiles: NORMAL.map((z) => mean + z * deviation) };
};

const empirical = (rows: readonly Outcome[]): Simple => {
  const sorted = Float64Array.from(rows, ({ value }) => value).sort();
  return { point: quantileOf(sorted, 0.5), quantiles: PROBABILITIES.map((p) => quantileOf(sorted, p)) };
};

const line = (rows: readonly Outcome[]): ((given: Case) => Simple) => {
  const sized = rows.filter(({ size }) => Number.isFinite(size));
  const flat = normal(rows);
  const meanX = average(sized.map(({ size }) => size));
  const meanY = average(sized.map(({ value }) => value));
  const spread = sized.reduce((sum, { size }) => sum + (size - meanX) ** 2, 0);
  if (sized.length < 3 || spread < 1e-9) return () => flat;
  const slope = sized.reduce((sum, { size, value }) => sum + (size - meanX) * (value - meanY), 0) / spread;
  const at = (size: number): number => meanY + slope * (size - meanX);
  const deviation = Math.sqrt(average(sized.map(({ size, value }) => (value - at(size)) ** 2)));
  return ({ size }) => (Number.isFinite(size) ? { point: at(size), quantiles: NORMAL.map((z) => at(size) + z * deviation) } : flat);
};

const average = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
