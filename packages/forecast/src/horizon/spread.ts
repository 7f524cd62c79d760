import type { Forecast } from "../forecast.ts";

/** Deviations of a normal distribution at its 95% quantile. */
const Z95 = 1.6449;
/** A spread of nothing would make every value but one impossible. */
const LEAST_DEVIATION = 0.01;
/** Nothing is more certain than this: a value beyond all quantiles still lies somewhere. */
const NEARLY_ONE = 1 - 1e-9;

/** What has taken longer than this share of such tasks is not one of them: how long it has taken is all that is known (Pareto; its median takes 1.4 times as long). */
const OUTLIVED = 0.999;
const TAIL = 2;

/** How a run time is spread: its logarithm is normal to either side of the point, with the deviations that the interval says. */
export interface Spread {
  readonly point: number;
  readonly below: number;
  readonly above: number;
}

export const spreadOf = ({ point, lo, hi }: Pick<Forecast, "point" | "lo" | "hi">): Spread => ({
  point,
  below: Math.max(LEAST_DEVIATION, Math.log(point / lo) / Z95),
  above: Math.max(LEAST_DEVIATION, Math.log(hi / point) / Z95),
});

/** The variance of the logarithm, as if it were spread to both sides alike. */
export const varianceOf = ({ lo, hi }: Pick<Forecast, "lo" | "hi">): number => (Math.log(hi / lo) / (2 * Z95)) ** 2;

/** The probability that it takes at most so many seconds. */
export const shareWithin = ({ point, below, above }: Spread, seconds: number): number => {
  if (seconds <= 0) return 0;
  const distance = Math.log(seconds / point);
  return normalShare(distance / (distance < 0 ? below : above));
};

/** Seconds that it stays below with a probability, 0 to 1. */
export const quantileOfSpread = ({ point, below, above }: Spread, probability: number): number => {
  const z = normalQuantile(Math.min(NEARLY_ONE, Math.max(1 - NEARLY_ONE, probability)));
  return point * Math.exp(z * (z < 0 ? below : above));
};

/** The probability that what has taken so long already takes at most so many seconds in all. */
export const shareWithinAfter = (spread: Spread, elapsed: number, seconds: number): number => {
  if (seconds <= elapsed) return 0;
  const gone = Math.min(NEARLY_ONE, shareWithin(spread, elapsed));
  if (gone > OUTLIVED) return 1 - (elapsed / seconds) ** TAIL;
  return Math.max(0, (shareWithin(spread, seconds) - gone) / (1 - gone));
};

/** Seconds in all that what has taken so long already stays below with a probability; never less than it has taken. */
export const quantileAfter = (spread: Spread, elapsed: number, probability: number): number => {
  const gone = Math.min(NEARLY_ONE, shareWithin(spread, elapsed));
  if (gone > OUTLIVED) return elapsed * (1 - Math.min(NEARLY_ONE, probability)) ** (-1 / TAIL);
  return Math.max(elapsed, quantileOfSpread(spread, gone + probability * (1 - gone)));
};

/** The standard normal distribution's share below z: Abramowitz and Stegun 1964, 26.2.17; off by at most 7.5e-8. */
export const normalShare = (z: number): number => {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const tail =
    0.3989422804 *
    Math.exp((-z * z) / 2) *
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return z < 0 ? tail : 1 - tail;
};

/** Its inverse: Acklam's rational approximation (P. J. Acklam 2003); off by at most 1.2e-9 relative. */
export const normalQuantile = (probability: number): number => {
  if (probability > 0.5) return -normalQuantile(1 - probability);
  if (probability < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(probability));
    return (
      (((((-7.784894002430293e-3 * q - 0.3223964580411365) * q - 2.400758277161838) * q - 2.549732539343734) * q + 4.374664141464968) * q +
        2.938163982698783) /
      ((((7.784695709041462e-3 * q + 0.3224671290700398) * q + 2.445134137142996) * q + 3.754408661907416) * q + 1)
    );
  }
  const q = probability - 0.5;
  const r = q * q;
  return (
    ((((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r + 138.357751867269) * r - 30.66479806614716) * r +
      2.506628277459239) *
      q) /
    (((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972) * r - 13.28068155288572) * r + 1)
  );
};
