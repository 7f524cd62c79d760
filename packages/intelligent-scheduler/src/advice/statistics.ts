/** The value that lies in the middle of sorted ones, between neighbours in proportion; NaN of none. */
export const quantile = (sorted: ArrayLike<number>, probability: number): number => {
  const position = Math.max(0, Math.min(sorted.length - 1, probability * (sorted.length - 1)));
  const below = Math.floor(position);
  const [low, high] = [sorted[below] ?? Number.NaN, sorted[Math.ceil(position)] ?? Number.NaN];
  return low + (high - low) * (position - below);
};

export const sortedOf = (values: ArrayLike<number>): Float64Array => Float64Array.from(values).sort();
export const medianOf = (values: ArrayLike<number>): number => quantile(sortedOf(values), 0.5);
export const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
