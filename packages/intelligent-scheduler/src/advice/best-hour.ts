import { meanOf } from "./statistics.ts";

/** The hour of the day (UTC) in which something takes least. */
export interface BestHour {
  readonly hour: number;
  /** How much less it takes there than otherwise, as a share. */
  readonly saves: number;
  /** Values seen in that hour and otherwise. */
  readonly inside: number;
  readonly outside: number;
}

const LEAST_INSIDE = 5;
const LEAST_OUTSIDE = 10;
/** Deviations of a difference of means that 24 hours don't show by chance: once in two hundred times (Bonferroni). */
const CLEAR = 3.7;
const HOUR_MS = 3_600_000;

/** The hour whose mean logarithm lies clearly below that of all others (Welch's t); undefined where none does. `points`: time (ms) and value. */
export const bestHourOf = (points: readonly (readonly [at: number, value: number])[]): BestHour | undefined => {
  const byHour = Map.groupBy(
    points.filter(([, value]) => value > 0).map(([at, value]) => [at, Math.log(value)] as const),
    ([at]) => Math.floor(at / HOUR_MS) % 24,
  );
  let best: (BestHour & { readonly t: number }) | undefined;
  for (const [hour, members] of byHour) {
    const inside = members.map(([, log]) => log);
    const outside = [...byHour].flatMap(([other, rest]) => (other === hour ? [] : rest.map(([, log]) => log)));
    if (inside.length < LEAST_INSIDE || outside.length < LEAST_OUTSIDE) continue;
    const difference = meanOf(outside) - meanOf(inside);
    const t = difference / Math.sqrt(spread(inside) + spread(outside));
    if (t > CLEAR && (!best || difference > -Math.log1p(-best.saves)))
      best = { hour, saves: -Math.expm1(-difference), inside: inside.length, outside: outside.length, t };
  }
  if (!best) return undefined;
  const { t: _, ...told } = best;
  return told;
};

/** Variance of the mean. */
const spread = (values: readonly number[]): number => {
  const mean = meanOf(values);
  return Math.max(1e-12, values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1) / values.length);
};
