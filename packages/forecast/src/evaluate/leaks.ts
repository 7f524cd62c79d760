/** Correlation from which one thing is another in disguise: rounding stays above it, any real cause of run time below. */
const SAME = 0.99999;
/** Rows that are looked at. */
const LOOKED_AT = 2000;

/**
 * Names what gives the target away: a column that is it in another unit, or two whose difference, quotient or product is (an end and a start).
 * @param columns numbers by name
 */
export const findLeak = (target: Float64Array, columns: ReadonlyMap<string, Float64Array>): string | undefined => {
  const step = Math.max(1, Math.ceil(target.length / LOOKED_AT));
  const thin = (numbers: Float64Array): Float64Array => numbers.filter((_, i) => i % step === 0);
  const wanted = thin(target);
  const named = [...columns].map(([name, numbers]) => ({ name, numbers: thin(numbers) }));
  for (const { name, numbers } of named) if (isSame(wanted, numbers)) return name;
  for (const a of named) {
    for (const b of named) {
      if (
        a.name < b.name &&
        isSame(
          wanted,
          combine(a.numbers, b.numbers, (x, y) => x - y),
        )
      )
        return `${a.name} and ${b.name}`;
      if (
        a.name < b.name &&
        isSame(
          wanted,
          combine(a.numbers, b.numbers, (x, y) => x * y),
        )
      )
        return `${a.name} and ${b.name}`;
      if (
        a.name !== b.name &&
        isSame(
          wanted,
          combine(a.numbers, b.numbers, (x, y) => x / y),
        )
      )
        return `${a.name} and ${b.name}`;
    }
  }
  return undefined;
};

const combine = (a: Float64Array, b: Float64Array, by: (x: number, y: number) => number): Float64Array =>
  a.map((x, i) => by(x, b[i] as number));

/** Whether two columns are the same up to a linear change, as they are and in their logarithms; rows without a number in both don't count. */
const isSame = (a: Float64Array, b: Float64Array): boolean => {
  const rows = Int32Array.from(a.keys()).filter((i) => Number.isFinite(a[i]) && Number.isFinite(b[i]));
  if (rows.length < Math.max(10, a.length / 2)) return false;
  const x = Float64Array.from(rows, (i) => a[i] as number);
  const y = Float64Array.from(rows, (i) => b[i] as number);
  return Math.abs(correlation(x, y)) > SAME && Math.abs(correlation(ranks(x), ranks(y))) > 0.999;
};

const correlation = (x: Float64Array, y: Float64Array): number => {
  const meanX = x.reduce((sum, v) => sum + v / x.length, 0);
  const meanY = y.reduce((sum, v) => sum + v / y.length, 0);
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let i = 0; i < x.length; i++) {
    const dx = (x[i] as number) - meanX;
    const dy = (y[i] as number) - meanY;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0;
};

/** Ranks; equal numbers share their mean rank. */
const ranks = (numbers: Float64Array): Float64Array => {
  const order = Int32Array.from(numbers.keys()).sort((a, b) => (numbers[a] as number) - (numbers[b] as number));
  const rank = new Float64Array(numbers.length);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && numbers[order[to] as number] === numbers[order[from] as number]) to++;
    for (let i = from; i < to; i++) rank[order[i] as number] = (from + to - 1) / 2;
    from = to;
  }
  return rank;
};
