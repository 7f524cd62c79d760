import type { Feature } from "./samples.ts";

/** Bin 0 holds missing values, so that 255 are left for values. */
const MAX_BINS = 255;
/** Edges are quantiles of at most this many rows: more don't move 255 quantiles. */
const EDGE_SAMPLE = 100_000;
/** A category in fewer rows shares one bin with all such: its own mean would be mostly noise and leak the row's target into its encoding. */
const RARE = 5;

/**
 * How one feature's values become bins 1 to 255; bin 0 is missing.
 * Numeric: a value lies in the bin after the last edge below it. Categorical: `binOf[code]`.
 */
export type FeatureBins =
  | { readonly kind: "numeric"; readonly edges: Float64Array }
  | { readonly kind: "categorical"; readonly binOf: Uint8Array };

/** How a forest sees its features. */
export type Binning = readonly FeatureBins[];

/**
 * Bins per feature. Numeric: one per distinct value while they fit, else by quantile. Categorical: categories in the order of their mean target,
 * once per forest (Wright and König 2019, doi 10.7717/peerj.6339, find this as good as ordering in each node), neighbours merged while they don't fit.
 */
export const fitBinning = (features: readonly Feature[], columns: readonly Float64Array[], target: Float64Array): Binning =>
  features.map((feature, f) => {
    const column = columns[f] as Float64Array;
    return feature.kind === "numeric" ? { kind: "numeric", edges: numericEdges(column) } : categoricalBins(column, target);
  });

/** The bin of a value, 0 to 255. */
export const binOf = (bins: FeatureBins, value: number): number => {
  if (Number.isNaN(value)) return 0;
  if (bins.kind === "categorical") return bins.binOf[value] ?? 0;
  const edges = bins.edges;
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((edges[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low + 1;
};

/** The bins of every row, by column. */
export const binColumns = (binning: Binning, columns: readonly Float64Array[]): Uint8Array[] =>
  binning.map((bins, f) => Uint8Array.from(columns[f] as Float64Array, (value) => binOf(bins, value)));

const numericEdges = (column: Float64Array): Float64Array => {
  const step = Math.max(1, Math.ceil(column.length / EDGE_SAMPLE));
  const values = new Float64Array(Math.ceil(column.length / step));
  let n = 0;
  for (let row = 0; row < column.length; row += step) {
    const value = column[row] as number;
    if (!Number.isNaN(value)) values[n++] = value;
  }
  const sorted = values.subarray(0, n).sort();
  const distinct = countDistinct(sorted);
  return distinct <= MAX_BINS ? edgesBetweenAll(sorted, distinct) : edgesAtQuantiles(sorted);
};

const countDistinct = (sorted: Float64Array): number => {
  let distinct = sorted.length > 0 ? 1 : 0;
  for (let i = 1; i < sorted.length; i++) if (sorted[i] !== sorted[i - 1]) distinct++;
  return distinct;
};

const edgesBetweenAll = (sorted: Float64Array, distinct: number): Float64Array => {
  const edges = new Float64Array(Math.max(0, distinct - 1));
  for (let i = 1, e = 0; i < sorted.length; i++) {
    if (sorted[i] !== sorted[i - 1]) edges[e++] = edgeBetween(sorted[i - 1] as number, sorted[i] as number);
  }
  return edges;
};

const edgesAtQuantiles = (sorted: Float64Array): Float64Array => {
  const edges: number[] = [];
  for (let k = 1; k < MAX_BINS; k++) {
    let i = Math.round((k * sorted.length) / MAX_BINS);
    while (i < sorted.length && sorted[i] === sorted[i - 1]) i++;
    if (i >= sorted.length) break;
    const edge = edgeBetween(sorted[i - 1] as number, sorted[i] as number);
    if (edges.length === 0 || edge > (edges.at(-1) as number)) edges.push(edge);
  }
  return Float64Array.from(edges);
};

/** A number in [low, high), the middle where it exists: halves are added so that the sum can't overflow. */
const edgeBetween = (low: number, high: number): number => {
  const middle = low / 2 + high / 2;
  return middle >= low && middle < high ? middle : low;
};

const categoricalBins = (column: Float64Array, target: Float64Array): FeatureBins => {
  let codes = 0;
  for (const code of column) if (code >= codes) codes = code + 1;
  const count = new Float64Array(codes);
  const sum = new Float64Array(codes);
  for (let row = 0; row < column.length; row++) {
    const code = column[row] as number;
    if (Number.isNaN(code)) continue;
    count[code] = (count[code] as number) + 1;
    sum[code] = (sum[code] as number) + (target[row] as number);
  }
  return { kind: "categorical", binOf: binsInMeanOrder(count, sum) };
};

/** Rare categories come together as one group; groups are laid in the order of their mean and cut into bins of about equal row counts. */
const binsInMeanOrder = (count: Float64Array, sum: Float64Array): Uint8Array => {
  const groups: { codes: number[]; count: number; mean: number }[] = [];
  const rare = { codes: [] as number[], count: 0, sum: 0 };
  for (let code = 0; code < count.length; code++) {
    const n = count[code] as number;
    if (n >= RARE) groups.push({ codes: [code], count: n, mean: (sum[code] as number) / n });
    else if (n > 0) {
      rare.codes.push(code);
      rare.count += n;
      rare.sum += sum[code] as number;
    }
  }
  if (rare.count > 0) groups.push({ codes: rare.codes, count: rare.count, mean: rare.sum / rare.count });
  groups.sort((a, b) => a.mean - b.mean || (a.codes[0] as number) - (b.codes[0] as number));
  const total = groups.reduce((n, group) => n + group.count, 0);
  const fits = groups.length <= MAX_BINS;
  const binOf = new Uint8Array(count.length);
  let before = 0;
  groups.forEach((group, g) => {
    const bin = fits ? g + 1 : 1 + Math.floor((before / total) * MAX_BINS);
    for (const code of group.codes) binOf[code] = bin;
    before += group.count;
  });
  return binOf;
};
