/** A column must explain this share of the variance to name the kind of work. */
const WORTH = 0.05;
/** The user's group names the kind of work unless another column explains this much more. */
const PREFERENCE = 0.02;

/**
 * The column whose names explain most of the values, each row judged by the mean of its name's other rows; undefined if none is worth it.
 * @param rows to learn from
 */
export const namingColumn = (
  names: ReadonlyMap<string, readonly (string | undefined)[]>,
  values: Float64Array,
  rows: readonly number[],
  group: string | undefined,
): string | undefined => {
  let best: string | undefined;
  let most = WORTH;
  for (const [column, texts] of names) {
    const share = explained(texts, values, rows) + (column === group ? PREFERENCE : 0);
    if (share <= most) continue;
    most = share;
    best = column;
  }
  return best;
};

const explained = (texts: readonly (string | undefined)[], values: Float64Array, rows: readonly number[]): number => {
  const sums = new Map<string | undefined, { count: number; sum: number }>();
  let total = 0;
  for (const row of rows) {
    const { count, sum } = sums.get(texts[row]) ?? { count: 0, sum: 0 };
    sums.set(texts[row], { count: count + 1, sum: sum + (values[row] as number) });
    total += values[row] as number;
  }
  const mean = total / rows.length;
  let left = 0;
  let variance = 0;
  for (const row of rows) {
    const value = values[row] as number;
    const { count, sum } = sums.get(texts[row]) as { count: number; sum: number };
    left += (value - (count > 1 ? (sum - value) / (count - 1) : mean)) ** 2;
    variance += (value - mean) ** 2;
  }
  return variance > 0 ? 1 - left / variance : 0;
};
