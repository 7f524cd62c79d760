export const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The smallest value that at least this share of all does not exceed. */
export const percentile = (values: readonly number[], share: number): number => {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
};

/** Two-sided 95% points of Student's t by degrees of freedom from 1; beyond the table its normal limit with a small correction. */
const T95 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11, 2.101, 2.093, 2.086,
  2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/** Confidence interval of the mean of independent values; none for fewer than two. */
export const ci95 = (values: readonly number[]): readonly [low: number, high: number] | undefined => {
  if (values.length < 2) return undefined;
  const center = mean(values);
  const freedom = values.length - 1;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - center) ** 2, 0) / freedom);
  const half = ((T95[freedom - 1] ?? 1.96 + 2.4 / freedom) * deviation) / Math.sqrt(values.length);
  return [center - half, center + half];
};
