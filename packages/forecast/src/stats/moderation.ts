/** A sample's variance and its degrees of freedom. */
export interface Sampled {
  readonly variance: number;
  readonly free: number;
}

const TERMS = 6;

/** The logarithmic derivative of the gamma function, for positive numbers (recurrence up to 6, then the asymptotic series). */
const digamma = (x: number): number =>
  x < TERMS ? digamma(x + 1) - 1 / x : Math.log(x) - 1 / (2 * x) - 1 / (12 * x ** 2) + 1 / (120 * x ** 4) - 1 / (252 * x ** 6);

/** Its derivative. */
const trigamma = (x: number): number =>
  x < TERMS ? trigamma(x + 1) + 1 / x ** 2 : 1 / x + 1 / (2 * x ** 2) + 1 / (6 * x ** 3) - 1 / (30 * x ** 5) + 1 / (42 * x ** 7);

/**
 * The variance that is usual among samples, and the degrees of freedom that it counts for beside a sample's own: few where variances differ more
 * than chance would have it, many where they are alike (Smyth 2004, doi 10.2202/1544-6115.1027, section 6.2).
 * @param limits least and most degrees of freedom to give
 */
export const moderationOf = (samples: readonly Sampled[], [least, most]: readonly [number, number]): Sampled => {
  const logs = samples.map(({ variance, free }) => Math.log(variance) - digamma(free / 2) + Math.log(free / 2));
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  const spread = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / Math.max(1, logs.length - 1);
  const left = spread - samples.reduce((sum, { free }) => sum + trigamma(free / 2), 0) / samples.length;
  let [low, high] = [least, most];
  // The trigamma function falls: halve until its inverse is known.
  while (high - low > 0.01) {
    const middle = (low + high) / 2;
    if (trigamma(middle / 2) > left) low = middle;
    else high = middle;
  }
  const free = (low + high) / 2;
  return { variance: Math.exp(mean + digamma(free / 2) - Math.log(free / 2)), free };
};
