import type { Reservoir } from "../stats/reservoir.ts";
import type { History } from "./history.ts";
import type { MethodErrors } from "./track.ts";

/** Residuals from which an interval can be made: a 95% quantile needs 19. */
export const ENOUGH_RESIDUALS = 20;
/** Reach to either side, in mean errors, while there are fewer: 95% of a normal distribution lie within 2.06. */
const UNKNOWN_REACH = 2.5;
/** Deviations of a normal distribution at its 95% quantile. */
const NORMAL_95 = 1.645;

/**
 * How far a method's own quantile must move to hold its share: the conformal quantile of its held-out residuals (Romano et al. 2019, arxiv 1905.03222;
 * out of bag: Gupta et al. 2022, doi 10.1016/j.patcog.2021.108496), a name's own or, while it has few, those of its level in units of mean errors.
 */
export const correction = (own: MethodErrors, pool: MethodErrors, meanError: number, index: number, probability: number): number => {
  const residuals = pick(own, index);
  if (residuals.length >= ENOUGH_RESIDUALS) return residuals.conformalQuantile(probability);
  const pooled = pick(pool, index);
  if (pooled.length >= ENOUGH_RESIDUALS) return meanError * pooled.conformalQuantile(probability);
  return meanError * UNKNOWN_REACH * Math.sign(probability - 0.5);
};

const pick = ({ residuals }: MethodErrors, index: number): Reservoir => (residuals[index] ?? residuals[0]) as Reservoir;

/** The reach that an uncertain slope adds beyond the sizes seen. */
export const extrapolation = (size: number, history: History): number => NORMAL_95 * history.slopeError(size);

/** The quantiles 0.05, 0.9 and 0.95 such that they neither cross nor leave the point outside. */
export const ordered = (point: number, [low = point, upper = point, high = point]: readonly number[]): number[] => {
  const top = Math.max(point, high);
  return [Math.min(point, low), Math.min(top, Math.max(point, upper)), top];
};
