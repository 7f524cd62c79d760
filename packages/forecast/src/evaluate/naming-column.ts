/** A column must explain this share of the variance to name the kind of work. */
const WORTH = 0.05;
/** The user's group names the kind of work unless another column explains this much more. */
const PREFERENCE = 0.02;

/** The column whose rows depend on each other. */
export interface Runs {
  readonly column: string;
  readonly texts: readonly (string | undefined)[];
}

/**
 * The column whose names explain most of the values, each row judged by the mean of its name's rows in other runs; undefined if none is worth it.
 * @param rows to learn from
 */
export const namingColumn = (
  names: ReadonlyMap<string, readonly (string | undefined)[]>,
  values: Float64Array,
  rows: readonly number[],
  { group, runs }: { readonly group: string | undefined; readonly runs: Runs | undefined },
): string | undefined => {
  let best: string | undefined;
  let most = WORTH;
  for (const [column, texts] of names) {
    // The column that tells runs apart has each name in one of them: there every other row counts.
    const share = explained(texts, values, rows, runs?.column === column ? undefined : runs?.texts) + (column === group ? PREFERENCE : 0);
    if (share <= most) continue;
    most = share;
    best = column;
  }
  return best;
};

interface Sum {
  count: number;
  sum: number;
}

const explained = (
  texts: readonly (string | undefined)[],
  values: Float64Array,
  rows: readonly number[],
  runs: readonly (string | undefined)[] | undefined,
): number => {
  const ofName = new Map<string | undefined, Sum>();
  const ofRun = new Map<string, Sum>();
  const runOf = (row: number): string => JSON.stringify([texts[row], runs ? runs[row] : row]);
  const all: Sum = { count: 0, sum: 0 };
  for (const row of rows) {
    const value = values[row] as number;
    for (const sum of [all, sumAt(ofName, texts[row]), sumAt(ofRun, runOf(row))]) {
      sum.count++;
      sum.sum += value;
    }
  }
  const mean = all.sum / all.count;
  let left = 0;
  let variance = 0;
  for (const row of rows) {
    const value = values[row] as number;
    const name = sumAt(ofName, texts[row]);
    const run = sumAt(ofRun, runOf(row));
    const others = name.count - run.count;
    left += (value - (others > 0 ? (name.sum - run.sum) / others : mean)) ** 2;
    variance += (value - mean) ** 2;
  }
  return variance > 0 ? 1 - left / variance : 0;
};

const sumAt = <K>(sums: Map<K, Sum>, key: K): Sum => {
  const sum = sums.get(key) ?? { count: 0, sum: 0 };
  sums.set(key, sum);
  return sum;
};
