/** Share of the rows that must lie on the line, and how near. */
const NEARLY_ALL = 0.95;
const ROUNDED = 1e-3;
/** Rounding that is more than this share of the spread leaves nothing to tell. */
const COARSE = 0.1;
const LEAST_ROWS = 10;
/** Rows that are looked at. */
const LOOKED_AT = 2000;
/** Rows of a first look at pairs: nearly none survives it, and pairs are many. */
const FIRST_LOOK = 100;
/** Share of the rows of a first look that must lie on the line. */
const PROMISING = 0.85;

/** Share of neighbouring rows between which a line that holds most of them goes the target's way: both ends lie on it for 0.7 of them. */
const ALONG = 0.7;

type Combine = (x: number, y: number) => number;
const SYMMETRIC: readonly Combine[] = [(x, y) => x - y, (x, y) => x * y];
const BOTH_WAYS: readonly Combine[] = [(x, y) => x / y, (x, y) => y / x];

/**
 * Names what gives the target away: a column that is it in another unit or its logarithm, or two whose difference, quotient or product is (an end and a start).
 * @param columns numbers by name
 */
export const findLeak = (target: Float64Array, columns: ReadonlyMap<string, Float64Array>): readonly string[] | undefined => {
  const wanted = thin(target, LOOKED_AT);
  const named = [...columns].map(([name, numbers]) => ({ name, numbers: thin(numbers, LOOKED_AT) }));
  const logarithm = wanted.map(Math.log);
  for (const { name, numbers } of named)
    if (shareOnLine(wanted, numbers) >= NEARLY_ALL || shareOnLine(logarithm, numbers) >= NEARLY_ALL) return [name];
  const glimpse = thin(wanted, FIRST_LOOK);
  const glimpses = named.map(({ numbers }) => thin(numbers, FIRST_LOOK));
  for (let a = 0; a < named.length; a++) {
    for (let b = a + 1; b < named.length; b++) {
      for (const by of [...SYMMETRIC, ...BOTH_WAYS]) {
        if (!goesAlong(glimpse, glimpses[a] as Float64Array, glimpses[b] as Float64Array, by)) continue;
        if (shareOnLine(glimpse, combined(glimpses[a], glimpses[b], by)) < PROMISING) continue;
        if (shareOnLine(wanted, combined(named[a]?.numbers, named[b]?.numbers, by)) >= NEARLY_ALL)
          return [named[a]?.name as string, named[b]?.name as string];
      }
    }
  }
  return undefined;
};

/** Whether the target rises (or falls) with the other from row to row more often than chance lets it: a line does nearly always. */
const goesAlong = (target: Float64Array, a: Float64Array, b: Float64Array, by: Combine): boolean => {
  let [same, different] = [0, 0];
  let before = by(a[0] as number, b[0] as number);
  for (let i = 1; i < target.length; i++) {
    const now = by(a[i] as number, b[i] as number);
    const both = ((target[i] as number) - (target[i - 1] as number)) * (now - before);
    if (both > 0) same++;
    else if (both < 0) different++;
    before = now;
  }
  return same + different < LEAST_ROWS || Math.max(same, different) >= ALONG * (same + different);
};

const thin = (numbers: Float64Array, rows: number): Float64Array => {
  const step = Math.max(1, Math.ceil(numbers.length / rows));
  return numbers.filter((_, i) => i % step === 0);
};

const combined = (a: Float64Array = new Float64Array(), b: Float64Array = new Float64Array(), by: Combine): Float64Array =>
  a.map((x, i) => by(x, b[i] as number));

/** Share of the rows where the target is a straight line of the other column, to within rounding; rows without a number in both don't count. */
const shareOnLine = (target: Float64Array, other: Float64Array): number => {
  const rows = Int32Array.from(target.keys()).filter((i) => Number.isFinite(target[i]) && Number.isFinite(other[i]));
  if (rows.length < Math.max(LEAST_ROWS, target.length / 2)) return 0;
  const y = Float64Array.from(rows, (i) => target[i] as number);
  const x = Float64Array.from(rows, (i) => other[i] as number);
  const order = Int32Array.from(x.keys()).sort((a, b) => (x[a] as number) - (x[b] as number));
  // Nearly the ends: rounding tells least on the slope there, and a few wild rows don't.
  const [low, high] = [0.02, 0.98].map((share) => order[Math.floor(share * (order.length - 1))] as number) as [number, number];
  const [x1, y1, x2, y2] = [x[low], y[low], x[high], y[high]] as [number, number, number, number];
  const slope = (y2 - y1) / (x2 - x1);
  const rounding = grain(y) + Math.abs(slope) * grain(x);
  if (!(rounding < COARSE * Math.abs(y2 - y1))) return 0;
  const near = (i: number): boolean =>
    Math.abs((y[i] as number) - y1 - slope * ((x[i] as number) - x1)) <= ROUNDED * Math.abs(y[i] as number) + rounding;
  return order.filter(near).length / order.length;
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
