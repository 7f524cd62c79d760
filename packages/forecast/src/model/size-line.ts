/** Noise assumed before anything is seen, in log units, and how many rows it weighs: two points must not make a line that is certain. */
const PRIOR_NOISE = 0.3;
const PRIOR_ROWS = 3;
/** The slope to expect before any is seen: most work grows with its input, less than in proportion. */
export const PRIOR_SLOPE = 0.5;
/** Deviation of names' slopes from the one to expect. */
const SLOPES_DEVIATION = 0.5;
/** Names that the prior slope counts for. */
const PRIOR_NAMES = 4;
/** No work grows faster than the cube of its input: where a line is steeper, something else made the difference, and size explains nothing. */
const STEEPEST = 3;
/** Huber's constant: errors beyond 1.345 deviations weigh less; 95% efficient for normal noise (Huber 1964). */
const HUBER = 1.345;
const ROUNDS = 6;
/** Share of a sum of squares that rounding leaves of nothing. */
const ROUNDING = 1e-12;
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
  /** Deviation of the slope, at most that of all names' slopes: what a unit of distance from the mean adds to the uncertainty. */
  readonly slopeDeviation: number;
}

/** The least-squares line with a slope drawn to the one to expect, as a normal distribution of slopes around it does (ridge); flat if it would fall. */
export const lineOf = (sums: LineSums, priorSlope: number): Line => {
  const { meanX, meanY, sxx, sxy, syy, noise } = momentsOf(sums);
  const prior = noise / SLOPES_DEVIATION ** 2;
  // Values that don't differ where sizes do will differ at no other size.
  const slope = sxx > 0 && syy === 0 ? 0 : (sxy + prior * priorSlope) / (sxx + prior);
  return { slope: slope >= 0 && slope <= STEEPEST ? slope : 0, meanX, meanY, slopeDeviation: Math.sqrt(noise / (sxx + prior)) };
};

/** Means, sums of squares and products around them, and the variance of what a line leaves. */
export const momentsOf = (sums: LineSums): Record<"meanX" | "meanY" | "sxx" | "sxy" | "syy" | "noise", number> => {
  const meanX = sums.x / sums.w;
  const meanY = sums.y / sums.w;
  const sxx = unrounded(sums.xx - sums.x * meanX, sums.xx);
  const sxy = sums.xy - sums.x * meanY;
  const syy = unrounded(sums.yy - sums.y * meanY, sums.yy);
  const residual = sxx > 0 ? Math.max(0, syy - (sxy * sxy) / sxx) : syy;
  const noise = (residual + PRIOR_ROWS * PRIOR_NOISE ** 2) / (sums.w + PRIOR_ROWS);
  return { meanX, meanY, sxx, sxy, syy, noise };
};

/** A difference of sums, zero where it is no more than their rounding. */
const unrounded = (difference: number, sum: number): number => (difference > ROUNDING * sum ? difference : 0);

/** The slope to expect of a further name: the mean of those seen, the surer ones weighing more (empirical Bayes), and of the prior one. */
export const slopeOver = (names: readonly LineSums[]): number => {
  let weight = PRIOR_NAMES / SLOPES_DEVIATION ** 2;
  let sum = weight * PRIOR_SLOPE;
  for (const sums of names) {
    const { sxx, sxy, noise } = momentsOf(sums);
    if (!(sxx > 0)) continue;
    const sure = 1 / (noise / sxx + SLOPES_DEVIATION ** 2);
    sum += sure * Math.max(0, Math.min(STEEPEST, sxy / sxx));
    weight += sure;
  }
  return sum / weight;
};

export const lineAt = (line: Line, x: number): number => line.meanY + line.slope * (x - line.meanX);

/** The smallest and the largest x that a line was drawn through. */
export interface Range {
  readonly least: number;
  readonly most: number;
}

/** A line is followed to a hundred times the largest size seen and no further: beyond, a slip in the records is likelier than such a task. */
const FARTHEST = Math.log(100);

/** Ten thousand times smaller or larger than any seen: measured otherwise, or in another unit. */
const LOST = Math.log(10_000);

/** Whether an x lies so far outside of what was seen that it says nothing. */
export const isLost = ({ least, most }: Range, x: number): boolean => x < least - LOST || x > most + LOST;

/** The x up to which a line is followed. */
export const followed = ({ least, most }: Range, x: number): number => Math.max(least - FARTHEST, Math.min(most + FARTHEST, x));

/** What a line says of an x that may lie outside what was seen; there it is followed at most in proportion: a steep line through a few sizes near each other says nothing of one far away. */
export const lineBeyond = (line: Line, range: Range, x: number): number => {
  const seen = Math.max(range.least, Math.min(range.most, x));
  return lineAt(line, seen) + Math.min(1, line.slope) * (followed(range, x) - seen);
};

/**
 * Weights of a robust line through points: Huber's, by iteratively reweighted least squares, the scale from the median absolute error.
 * @param counts what each point counts for besides
 */
export const robustWeights = (x: ArrayLike<number>, y: ArrayLike<number>, counts: ArrayLike<number>): Float64Array => {
  const n = x.length;
  const weights = new Float64Array(n).fill(1);
  const errors = new Float64Array(n);
  for (let round = 0; round < ROUNDS; round++) {
    const sums = noSums();
    for (let i = 0; i < n; i++) addSums(sums, x[i] as number, y[i] as number, (weights[i] as number) * (counts[i] as number));
    const line = lineOf(sums, PRIOR_SLOPE);
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
