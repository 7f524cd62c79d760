/**
 * Which rows to learn from when there are more than allowed: the latest of each name, as many of each as fit, so that no frequent name crowds out a rare one.
 * @param names of the rows, in the order of time
 * @returns the indexes of the kept rows, ascending
 */
export const latestByName = (names: readonly string[], limit: number): number[] => {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  const each = largestShare([...counts.values()], limit);
  const kept: number[] = [];
  const taken = new Map<string, number>();
  for (let row = names.length - 1; row >= 0 && kept.length < limit; row--) {
    const name = names[row] as string;
    const count = taken.get(name) ?? 0;
    if (count >= each) continue;
    taken.set(name, count + 1);
    kept.push(row);
  }
  return kept.reverse();
};

/** The largest number of rows a name that keeps the total within the limit; at least 1. */
const largestShare = (counts: readonly number[], limit: number): number => {
  let low = 1;
  let high = Math.max(1, limit);
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const total = counts.reduce((sum, count) => sum + Math.min(count, middle), 0);
    if (total <= limit) low = middle;
    else high = middle - 1;
  }
  return low;
};
