import { latestMedian } from "../stats/latest-median.ts";
import { alikeOf } from "./alike.ts";
import { RECENT } from "./history.ts";
import { addSums, isLost, type LineSums, lineBeyond, lineOf, noSums, type Range, robustWeights, sumsWithout } from "./size-line.ts";

/** Outcomes of one name, by column; `part` numbers what is held out together. */
export interface Column {
  readonly sizes: Float64Array;
  readonly values: Float64Array;
  readonly part: Int32Array;
}

/** What the name's other parts say of each row. */
export interface HeldOut {
  readonly median: Float64Array;
  /** The median of the latest values before each row. */
  readonly recent: Float64Array;
  /** The mean of the others where no size is known of any; the median where only the row's is unknown. */
  readonly linear: Float64Array;
}

/** A robust line through a name's values over their sizes, and what it is made of. */
export interface Fit {
  readonly column: Column;
  readonly parts: Parts;
  /** Rows of a known size; all where none is. */
  readonly sized: Int32Array;
  /** Their sizes; zeros where none is known. */
  readonly x: Float64Array;
  readonly sums: LineSums;
  readonly sumsOf: ReadonlyMap<number, LineSums>;
}

/** Draws the line, rows of a part counting for less the more they are alike (Kish's design effect). */
export const fitLine = (column: Column): Fit => {
  const parts = partsOf(column.part);
  const known = Int32Array.from(column.sizes.keys()).filter((row) => Number.isFinite(column.sizes[row]));
  const sized = known.length > 0 ? known : Int32Array.from(column.sizes.keys());
  const x = Float64Array.from(sized, (row) => (known.length > 0 ? (column.sizes[row] as number) : 0));
  const y = Float64Array.from(sized, (row) => column.values[row] as number);
  const part = sized.map((row) => column.part[row] as number);
  const alike = alikeOf(x, y, part);
  const counts = sizesOf(part).map((size) => 1 / (1 + alike * (size - 1)));
  const weights = robustWeights(x, y, counts).map((weight, i) => weight * (counts[i] as number));
  const sums = noSums();
  const sumsOf = new Map<number, LineSums>();
  sized.forEach((row, i) => {
    const own = sumsOf.get(parts.of[row] as number) ?? noSums();
    sumsOf.set(parts.of[row] as number, own);
    addSums(own, x[i] as number, y[i] as number, weights[i] as number);
    addSums(sums, x[i] as number, y[i] as number, weights[i] as number);
  });
  return { column, parts, sized, x, sums, sumsOf };
};

/**
 * Predictions for each row of a name from its other parts; from its other rows where all are of one part; NaN for a single row.
 * @param priorSlope to which lines are drawn
 */
export const holdOut = ({ column, parts, sized, x, sums, sumsOf }: Fit, priorSlope: number): HeldOut => {
  const median = mediansWithout(column.values, parts);
  const linear = median.slice();
  const rangeOf = rangesWithout(parts, sized, x);
  sized.forEach((row, i) => {
    const others = sumsWithout(sums, sumsOf.get(parts.of[row] as number) as LineSums);
    const range = rangeOf.get(parts.of[row] as number) as Range;
    if (others.w > 1e-9 && !isLost(range, x[i] as number)) linear[row] = lineBeyond(lineOf(others, priorSlope), range, x[i] as number);
  });
  return { median, recent: recentBefore(column.values, column.part), linear };
};

/** For each part the sizes that the others span. */
const rangesWithout = (parts: Parts, sized: Int32Array, x: Float64Array): Map<number, Range> => {
  const own = new Map<number, Range>();
  sized.forEach((row, i) => {
    const part = parts.of[row] as number;
    const { least, most } = own.get(part) ?? { least: Number.POSITIVE_INFINITY, most: Number.NEGATIVE_INFINITY };
    own.set(part, { least: Math.min(least, x[i] as number), most: Math.max(most, x[i] as number) });
  });
  const least = [...own].sort(([, a], [, b]) => a.least - b.least);
  const most = [...own].sort(([, a], [, b]) => b.most - a.most);
  const first = (sorted: typeof least, part: number): Range => (sorted.find(([other]) => other !== part) ?? sorted[0])?.[1] as Range;
  return new Map([...own.keys()].map((part) => [part, { least: first(least, part).least, most: first(most, part).most }]));
};

/** For each row the number of rows that share its part. */
export const sizesOf = (parts: ArrayLike<number>): Float64Array => {
  const sizes = new Map<number, number>();
  const numbers = Float64Array.from(parts);
  for (const part of numbers) sizes.set(part, (sizes.get(part) ?? 0) + 1);
  return numbers.map((part) => sizes.get(part) as number);
};

/** The part that each row is held out with, and the rows of each part. */
interface Parts {
  readonly of: Int32Array;
  readonly rows: readonly (readonly number[])[];
}

const partsOf = (part: Int32Array): Parts => {
  const rowsOf = Map.groupBy(part.keys(), (row) => part[row] as number);
  if (rowsOf.size < 2) return { of: Int32Array.from(part.keys()), rows: Array.from(part.keys(), (row) => [row]) };
  const of = new Int32Array(part.length);
  const rows = [...rowsOf.values()];
  rows.forEach((members, number) => {
    for (const row of members) of[row] = number;
  });
  return { of, rows };
};

/** The median of the values outside each row's part, found by stepping over the part's ranks. */
const mediansWithout = (values: Float64Array, parts: Parts): Float64Array => {
  const order = Int32Array.from(values.keys()).sort((a, b) => (values[a] as number) - (values[b] as number));
  const rank = new Int32Array(values.length);
  order.forEach((row, position) => {
    rank[row] = position;
  });
  const medians = new Float64Array(values.length);
  for (const members of parts.rows) {
    const left = values.length - members.length;
    const gone = Int32Array.from(members, (row) => rank[row] as number).sort();
    const at = (wanted: number): number => values[order[skip(wanted, gone)] as number] as number;
    const median = left === 0 ? Number.NaN : (at((left - 1) >> 1) + at(left >> 1)) / 2;
    for (const row of members) medians[row] = median;
  }
  return medians;
};

/** The median of the latest values before each row that are not of its part; NaN where there are none. Rows are in the order of time. */
const recentBefore = (values: Float64Array, part: Int32Array): Float64Array =>
  values.map((_, row) => {
    const latest: number[] = [];
    for (let before = row - 1; before >= Math.max(0, row - FARTHEST_BACK) && latest.length < RECENT; before--)
      if (part[before] !== part[row]) latest.push(values[before] as number);
    return latestMedian(latest.reverse());
  });

/** A part with more rows than these hides what was before it. */
const FARTHEST_BACK = 400;

/** The rank of the element that is number `wanted` among those that remain. */
const skip = (wanted: number, gone: Int32Array): number => {
  let position = wanted;
  for (const rank of gone) {
    if (rank > position) break;
    position++;
  }
  return position;
};
