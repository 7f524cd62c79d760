/** The quantile of ascending numbers at a probability, interpolated between neighbours (type 7 of Hyndman and Fan 1996); NaN without numbers. */
export const quantileOf = (sorted: ArrayLike<number>, probability: number): number => {
  if (sorted.length === 0) return Number.NaN;
  const at = Math.min(Math.max(probability, 0), 1) * (sorted.length - 1);
  const low = Math.floor(at);
  const below = sorted[low] as number;
  const above = sorted[Math.min(low + 1, sorted.length - 1)] as number;
  return below === above ? below : below + (above - below) * (at - low);
};
