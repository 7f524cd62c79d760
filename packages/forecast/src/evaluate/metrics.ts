import { quantileOf } from "../stats/quantile.ts";

/** What was forecast of one row and what came; logarithms. */
export interface Judged {
  readonly actual: number;
  readonly point: number;
  /** The quantiles 0.05, 0.9 and 0.95. */
  readonly quantiles: readonly number[];
}

/** How good forecasts are. */
export interface Metrics {
  /** Share of the variance of the logarithm that is explained; 1 is perfect, 0 no better than the mean of what came. */
  readonly r2log: number;
  /** Median of |forecast - actual| / actual. */
  readonly mdape: number;
  /** Share of forecasts between half and twice the actual. */
  readonly within2x: number;
  /** Mean pinball loss of the 0.9 quantile, of the logarithm. */
  readonly pinball90: number;
  /** Share of rows in the interval from the 0.05 to the 0.95 quantile. */
  readonly coverage90: number;
  /** Mean width of that interval, of the logarithm: 0.69 is a factor of two from end to end. */
  readonly width90: number;
  /** That width if all intervals were stretched or shrunk alike until they held 90%: compares widths at equal coverage. */
  readonly widthAt90: number;
}

/** Error of a logarithm below which forecasts are exact. */
const ROUNDING = 1e-9;

export const metricsOf = (rows: readonly Judged[]): Metrics => {
  const mean = average(rows.map(({ actual }) => actual));
  const squares = rows.reduce((sum, { actual, point }) => sum + (actual - point) ** 2, 0);
  const variance = rows.reduce((sum, { actual }) => sum + (actual - mean) ** 2, 0);
  const ape = Float64Array.from(rows, ({ actual, point }) => Math.abs(Math.expm1(point - actual))).sort();
  const width90 = average(rows.map(({ quantiles: [low = 0, , high = 0] }) => high - low));
  return {
    // Where nothing varies, being off by rounding explains all.
    r2log: squares <= ROUNDING ** 2 * rows.length ? 1 : 1 - squares / variance,
    mdape: quantileOf(ape, 0.5),
    within2x: average(rows.map(({ actual, point }) => +(Math.abs(actual - point) <= Math.LN2))),
    pinball90: average(rows.map(({ actual, quantiles: [, upper = 0] }) => pinball(actual - upper))),
    coverage90: average(
      rows.map(({ actual, quantiles: [low = 0, , high = 0] }) => +(low <= actual + ROUNDING && actual <= high + ROUNDING)),
    ),
    width90,
    widthAt90: width90 * stretchToHold(rows),
  };
};

/** The pinball loss of a 0.9 quantile that what came lies so far above. */
const pinball = (above: number): number => (Math.abs(above) <= ROUNDING ? 0 : Math.max(0.9 * above, -0.1 * above));

/** The factor by which to stretch all intervals around their points so that 90% of the rows are inside. */
const stretchToHold = (rows: readonly Judged[]): number => {
  const needed = Float64Array.from(rows, ({ actual, point, quantiles: [low = 0, , high = 0] }) => {
    const reach = actual < point ? point - low : high - point;
    const distance = Math.abs(actual - point);
    return distance === 0 ? 0 : distance / reach;
  });
  return needed.sort()[Math.ceil(0.9 * rows.length) - 1] ?? Number.NaN;
};

const average = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
