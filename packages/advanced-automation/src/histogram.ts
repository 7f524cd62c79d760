/** Counts in logarithmic bins, as a JSON-ready sparse list: bin b holds values from 2^(b/4) to 2^((b+1)/4), so a quantile is at most 19% off. */
export type Histogram = Readonly<Record<string, number>>;

const BINS_PER_DOUBLING = 4;

export const binOf = (value: number): number => (value <= 0 ? -200 : Math.max(-200, Math.floor(Math.log2(value) * BINS_PER_DOUBLING)));

export const addTo = (histogram: Histogram, value: number, count = 1): Histogram => {
  const bin = String(binOf(value));
  return { ...histogram, [bin]: (histogram[bin] ?? 0) + count };
};

export const mergeHistograms = (a: Histogram, b: Histogram): Histogram => {
  const sum: Record<string, number> = { ...a };
  for (const [bin, count] of Object.entries(b)) sum[bin] = (sum[bin] ?? 0) + count;
  return sum;
};

/** The q-quantile (0 to 1) as the geometric middle of its bin; 0 for an empty histogram. */
export const quantile = (histogram: Histogram, q: number): number => {
  const bins = Object.entries(histogram)
    .map(([bin, count]) => [Number(bin), count] as const)
    .sort((a, b) => a[0] - b[0]);
  const total = bins.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return 0;
  let seen = 0;
  for (const [bin, count] of bins) {
    seen += count;
    if (seen >= q * total) return bin <= -200 ? 0 : 2 ** ((bin + 0.5) / BINS_PER_DOUBLING);
  }
  return 0;
};
