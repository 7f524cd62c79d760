import type { Reservoir } from "../stats/reservoir.ts";
import type { Prediction } from "./case.ts";
import type { History } from "./history.ts";
import type { MethodErrors } from "./track.ts";

/** Residuals from which an interval can be made: a 95% quantile needs 19. */
export const ENOUGH_RESIDUALS = 20;
/** Quantiles of a normal distribution, in mean absolute errors, and what each degree of freedom that Student's t has instead adds (Cornish-Fisher). */
const NORMAL_REACH: Readonly<Record<number, readonly [reach: number, widening: number]>> = {
  0.05: [-2.06, 0.926],
  0.9: [1.606, 0.66],
  0.95: [2.06, 0.926],
};
/** Values that differ less are the same but for rounding. */
const SAME = 1e-9;
/** A factor that no interval needs to exceed unless what is known of all tasks does. */
const FURTHEST = Math.log(100);
/** Deviations of a normal distribution at its 95% quantile. */
export const NORMAL_95 = 1.645;

/**
 * How far a method's own quantile must move to hold its share: the conformal quantile of its held-out residuals (Romano et al. 2019, arxiv 1905.03222;
 * out of bag: Gupta et al. 2022, doi 10.1016/j.patcog.2021.108496), a name's own or, while it has few, those of its level in units of mean errors.
 */
export const correction = (own: MethodErrors, pool: MethodErrors, meanError: number, index: number, probability: number): number => {
  const residuals = pick(own, index);
  if (residuals.length >= ENOUGH_RESIDUALS) return residuals.conformalQuantile(probability);
  const pooled = pick(pool, index);
  if (pooled.length >= ENOUGH_RESIDUALS) return meanError * pooled.conformalQuantile(probability);
  const [reach, widening] = NORMAL_REACH[probability] as readonly [number, number];
  // Not twice where it is known what few runs lack.
  return meanError * reach * (own.unseen > 0 ? 1 : 1 + widening / Math.max(1, own.parts - 1));
};

const pick = ({ residuals }: MethodErrors, index: number): Reservoir => (residuals[index] ?? residuals[0]) as Reservoir;

/** The reach that an uncertain slope adds outside of the sizes seen; none where values never differed. */
export const extrapolation = (size: number, history: History): number =>
  history.count >= ENOUGH_RESIDUALS && !(history.deviation > SAME) ? 0 : NORMAL_95 * history.slopeError(size);

/** The quantiles 0.05, 0.9 and 0.95 such that they neither cross nor leave the point outside. */
export const ordered = (point: number, [low = point, upper = point, high = point]: readonly number[]): number[] => {
  const top = Math.max(point, high);
  return [Math.min(point, low), Math.min(top, Math.max(point, upper)), top];
};

/** A name that was seen a few times knows no less than all names together: its quantiles reach no further from its point than theirs from their own. */
export const noFurther = (
  point: number,
  quantiles: readonly number[],
  all: () => Pick<Prediction, "point" | "quantiles"> | undefined,
): readonly number[] => {
  const reachOf = (middle: number, of: readonly number[]): number => Math.max(...of.map((quantile) => Math.abs(quantile - middle)));
  if (reachOf(point, quantiles) <= FURTHEST) return quantiles;
  const known = all();
  const furthest = Math.max(FURTHEST, known ? reachOf(known.point, known.quantiles) : 0);
  return quantiles.map((quantile) => Math.min(point + furthest, Math.max(point - furthest, quantile)));
};

/** An error in deviations from the errors that are usual, whose mean need not be zero; zero while too few are known to tell. */
export const deviationsOf = (error: number, usual: Reservoir | undefined): number => {
  if (!usual || usual.length < ENOUGH_RESIDUALS) return 0;
  const mean = usual.numbers.reduce((sum, residual) => sum + residual, 0) / usual.length;
  const variance = usual.numbers.reduce((sum, residual) => sum + (residual - mean) ** 2, 0) / usual.length;
  return (error - mean) / Math.max(0.01, Math.sqrt(variance));
};

/** After a drift: what the latest values say, and an interval that holds them all. */
export const afterDrift = (level: number, history: History, widening: number): Prediction => {
  const { recent, count } = history;
  const point = history.recentMedian();
  const wide = Math.max(1, widening);
  const low = point - (point - Math.min(...recent)) * wide;
  const high = point + (Math.max(...recent) - point) * wide;
  const backtestError = recent.reduce((sum, value) => sum + Math.abs(value - point), 0) / recent.length;
  return { point, quantiles: [low, high, high], level, method: "recent", backtestError, observations: count, state: "drifted" };
};
