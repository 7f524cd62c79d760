/** Noise assumed before anything is seen, in log units, and how many rows it weighs: two points must not make a line that is certain. */
const PRIOR_NOISE = 0.3;
const PRIOR_ROWS = 3;
/** No work grows faster than the cube of its input: where a line is steeper, something else made the difference, and size explains nothing. */
const STEEPEST = 3;
/** Huber's constant: errors beyond 1.345 deviations weigh less; 95% efficient for normal noise (Huber 1964). */
const HUBER = 1.345;
const ROUNDS = 6;
/** One percent: rows that all but agree must not make every small error an outlier. */
const LEAST_SCALE = 0.01;

/** Weighted sums of x and y from a fixed origin; those of parts add up to those of the whole. */
export interface LineSums {
  w: number;
  x: number;
  y: number;
  xx: number;
  xy: number;
  yy: number;
}

export const noSums = (): LineSums => ({ w: 0, x: 0, y: 0, xx: 0, xy: 0, yy: 0 });

export const addSums = (sums: LineSums, x: number, y: number, w: number): void => {
  sums.w += w;
  sums.x += w * x;
  sums.y += w * y;
  sums.xx += w * x * x;
  sums.xy += w * x * y;
  sums.yy += w * y * y;
};

/** Sums of the rows of `whole` that are not in `part`. */
export const sumsWithout = (whole: LineSums, part: LineSums): LineSums => ({
  w: whole.w - part.w,
  x: whole.x - part.x,
  y: whole.y - part.y,
  xx: whole.xx - part.xx,
  xy: whole.xy - part.xy,
  yy: whole.yy - part.yy,
});

export interface Line {
  readonly slope: number;
  readonly meanX: number;
  readonly meanY: number;
  /** Deviation of the slope, at most the prior's 1: what a unit of distance from the mean adds to the uncertainty. */
  readonly slopeDeviation: number;
}

/** The least-squares line with a slope drawn to zero as a normal prior of deviation 1 would (ridge); flat if it would fall. */
export const lineOf = (sums: LineSums): Line => {
  const meanX = sums.x / sums.w;
  const meanY = sums.y / sums.w;
  const sxx = Math.max(0, sums.xx - sums.x * meanX);
  const sxy = sums.xy - sums.x * meanY;
  const syy = Math.max(0, sums.yy - sums.y * meanY);
  const residual = sxx > 0 ? Math.max(0, syy - (sxy * sxy) / sxx) : syy;
  const noise = (residual + PRIOR_ROWS * PRIOR_NOISE ** 2) / (sums.w + PRIOR_ROWS);
  const slope = sxy / (sxx + noise);
  return { slope: slope >= 0 && slope <= STEEPEST ? slope : 0, meanX, meanY, slopeDeviation: Math.sqrt(noise / (sxx + noise)) };
};

export const lineAt = (line: Line, x: number): number => line.meanY + line.slope * (x - line.meanX);

/** Weights of a robust line through points: Huber's, by iteratively reweighted least squares, the scale from the median absolute error. */
export const robustWeights = (x: ArrayLike<number>, y: ArrayLike<number>): Float64Array => {
  const n = x.length;
  const weights = new Float64Array(n).fill(1);
  const errors = new Float64Array(n);
  for (let round = 0; round < ROUNDS; round++) {
    const sums = noSums();
    for (let i = 0; i < n; i++) addSums(sums, x[i] as number, y[i] as number, weights[i] as number);
    const line = lineOf(sums);
    for (let i = 0; i < n; i++) errors[i] = Math.abs((y[i] as number) - lineAt(line, x[i] as number));
    const scale = 1.4826 * (errors.slice().sort()[n >> 1] ?? 0);
    for (let i = 0; i < n; i++) weights[i] = huberWeight(errors[i] as number, scale);
  }
  return weights;
};

/** Huber's weight of an error: 1 near zero, falling with its size beyond 1.345 scales. */
export const huberWeight = (error: number, scale: number): number => {
  const limit = HUBER * Math.max(scale, LEAST_SCALE);
  return error > limit ? limit / error : 1;
};
