/** Share of the rows that must lie on the line, and how near. */
const NEARLY_ALL = 0.95;
const ROUNDED = 1e-3;
/** Rounding that is more than this share of the spread leaves nothing to tell. */
const COARSE = 0.1;
const LEAST_ROWS = 10;
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

/** Whether the target is a straight line of the other column for nearly all rows, to within rounding; rows without a number in both don't count. */
const isSame = (target: Float64Array, other: Float64Array): boolean => {
  const rows = Int32Array.from(target.keys()).filter((i) => Number.isFinite(target[i]) && Number.isFinite(other[i]));
  if (rows.length < Math.max(LEAST_ROWS, target.length / 2)) return false;
  const y = Float64Array.from(rows, (i) => target[i] as number);
  const x = Float64Array.from(rows, (i) => other[i] as number);
  const order = Int32Array.from(x.keys()).sort((a, b) => (x[a] as number) - (x[b] as number));
  // Nearly the ends: rounding tells least on the slope there, and a few wild rows don't.
  const [low, high] = [0.02, 0.98].map((share) => order[Math.floor(share * (order.length - 1))] as number) as [number, number];
  const [x1, y1, x2, y2] = [x[low], y[low], x[high], y[high]] as [number, number, number, number];
  const slope = (y2 - y1) / (x2 - x1);
  const rounding = grain(y) + Math.abs(slope) * grain(x);
  if (!(rounding < COARSE * Math.abs(y2 - y1))) return false;
  const near = (i: number): boolean =>
    Math.abs((y[i] as number) - y1 - slope * ((x[i] as number) - x1)) <= ROUNDED * Math.abs(y[i] as number) + rounding;
  return order.filter(near).length >= NEARLY_ALL * order.length;
};

/** The smallest distance between numbers: what they are rounded to, if they are. */
const grain = (numbers: Float64Array): number => {
  const sorted = numbers.slice().sort();
  let least = Number.POSITIVE_INFINITY;
  for (let i = 1; i < sorted.length; i++) {
    const gap = (sorted[i] as number) - (sorted[i - 1] as number);
    if (gap > 0 && gap < least) least = gap;
  }
  return least;
};
