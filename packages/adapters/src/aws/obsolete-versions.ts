/**
 * Versions of a function that nobody needs any more once it moves from one to a newer one: neither to come back to, nor the first, which the
 * deployed template names, nor one that is newer still.
 */
export const obsoleteVersions = (there: readonly number[], from: number, to: number): readonly number[] =>
  to > from ? there.filter((version) => version < to && version !== from && version !== Math.min(...there)) : [];
