import { drawBootstrap } from "./bootstrap.ts";
import { Prng } from "./prng.ts";
import type { TrainedForest } from "./train-forest.ts";

/** What the trees that did not see a row say about it; NaN where all saw it. */
export interface OutOfBag {
  /** By row of the trained samples. */
  readonly mean: Float64Array;
  /** By probability, then by row. */
  readonly quantiles: readonly Float64Array[];
  /** By row: squared error that is expected to go when all trees answer, not only the few that did not see it. */
  readonly excess: Float64Array;
}

/**
 * Answers for every training row from the trees whose bootstrap (the row's group, if there are groups) left it out. A category that occurs in the row's
 * group alone is taken for unknown, as it will be in a group to come: its place in the order of categories was learned from the row.
 */
export const outOfBag = (trained: TrainedForest, probabilities: readonly number[] = []): OutOfBag => {
  const { forest, samples, columns } = trained;
  const rows = samples.target.length;
  const inBag = drawnRows(trained);
  const mean = new Float64Array(rows);
  const quantiles = probabilities.map(() => new Float64Array(rows));
  const bins = new Uint8Array(columns.length);
  const isLone = loneBins(trained);
  const excess = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    for (let f = 0; f < bins.length; f++) {
      const bin = (columns[f] as Uint8Array)[row] as number;
      bins[f] = isLone(f, bin) ? 0 : bin;
    }
    const leaves = forest.leavesOf(bins);
    const outside = (tree: number): boolean => !inBag(tree, row);
    mean[row] = forest.meanOf(leaves, outside);
    // The mean of k trees is off by what infinitely many would be, and by the trees' variance / k on top.
    const { variance, trees } = forest.varianceOf(leaves, outside);
    excess[row] = trees > 0 ? variance * (1 / trees - 1 / forest.trees) : 0;
    if (probabilities.length === 0) continue;
    forest.quantilesOf(leaves, probabilities, outside).forEach((value, i) => {
      (quantiles[i] as Float64Array)[row] = value;
    });
  }
  return { mean, quantiles, excess };
};

/** Which bins of categories occur in one group only; none where there are no groups. */
const loneBins = ({ samples, columns, groups }: TrainedForest): ((feature: number, bin: number) => boolean) => {
  if (!groups || groups.count < 2) return () => false;
  const lone = columns.map((column, f) => {
    if (samples.features[f]?.kind !== "categorical") return undefined;
    const groupOf = new Int32Array(256).fill(-1);
    const isShared = new Uint8Array(256);
    column.forEach((bin, row) => {
      const group = groups.of[row] as number;
      if (groupOf[bin] !== -1 && groupOf[bin] !== group) isShared[bin] = 1;
      groupOf[bin] = group;
    });
    return isShared;
  });
  return (feature, bin) => bin > 0 && lone[feature]?.[bin] === 0;
};

/** Mean squared out-of-bag error and the share of the target's variance it leaves explained, over rows that have an answer. */
export const outOfBagError = (target: Float64Array, mean: Float64Array): { mse: number; r2: number } => {
  let rows = 0;
  let squares = 0;
  let sum = 0;
  for (let row = 0; row < target.length; row++) {
    const error = (target[row] as number) - (mean[row] as number);
    if (Number.isNaN(error)) continue;
    rows++;
    squares += error * error;
    sum += target[row] as number;
  }
  let variance = 0;
  for (let row = 0; row < target.length; row++) {
    if (Number.isNaN(mean[row])) continue;
    variance += ((target[row] as number) - sum / rows) ** 2;
  }
  return { mse: squares / rows, r2: 1 - squares / variance };
};

/** Rows that a tree's importances are judged by: more change nothing and take their time. */
const IMPORTANCE_ROWS = 500;

/**
 * How much the mean squared out-of-bag error grows, on average over the trees, when one feature's values are shuffled among the rows
 * that a tree left out (Breiman 2001). By feature, in squared units of the target; near zero or below for a useless one.
 */
export const permutationImportance = (trained: TrainedForest): Float64Array => {
  const { forest, samples, columns, seed } = trained;
  const rows = samples.target.length;
  const inBag = drawnRows(trained);
  const importance = new Float64Array(columns.length);
  const outside = new Int32Array(rows);
  for (let tree = 0; tree < forest.trees; tree++) {
    let count = 0;
    for (let row = 0; row < rows; row++) if (!inBag(tree, row)) outside[count++] = row;
    if (count === 0) continue;
    // Streams of their own, apart from those that grew the trees.
    const prng = new Prng(seed, -1 - tree);
    const out = shuffle(outside.subarray(0, count), prng).subarray(0, IMPORTANCE_ROWS);
    const squaredError = treeError(trained, tree, out);
    const base = squaredError(-1, out);
    const shuffled = shuffle(out.slice(), prng);
    for (let f = 0; f < columns.length; f++)
      importance[f] = (importance[f] as number) + (squaredError(f, shuffled) - base) / out.length / forest.trees;
  }
  return importance;
};

/** The sum of one tree's squared errors over rows, with one feature's value taken from the other rows given. */
const treeError = (trained: TrainedForest, tree: number, rows: Int32Array): ((feature: number, from: Int32Array) => number) => {
  const { forest, samples, columns } = trained;
  const bins = new Uint8Array(columns.length);
  return (feature, from) => {
    let squares = 0;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as number;
      for (let f = 0; f < bins.length; f++) bins[f] = (columns[f] as Uint8Array)[f === feature ? (from[i] as number) : row] as number;
      const error = (samples.target[row] as number) - forest.predictTree(tree, bins);
      squares += error * error;
    }
    return squares;
  };
};

const shuffle = (rows: Int32Array, prng: Prng): Int32Array => {
  for (let i = rows.length - 1; i > 0; i--) {
    const j = prng.below(i + 1);
    const row = rows[i] as number;
    rows[i] = rows[j] as number;
    rows[j] = row;
  }
  return rows;
};

/** Which rows each tree saw; drawn again from the seed, so that no forest has to carry it. */
const drawnRows = ({ forest, samples, groups, seed }: TrainedForest): ((tree: number, row: number) => boolean) => {
  const rows = samples.target.length;
  const words = (rows + 31) >> 5;
  const bits = new Int32Array(words * forest.trees);
  const weights = new Uint8Array(rows);
  for (let tree = 0; tree < forest.trees; tree++) {
    drawBootstrap(new Prng(seed, tree), weights, groups);
    for (let row = 0; row < rows; row++) {
      if (weights[row] === 0) continue;
      const at = tree * words + (row >> 5);
      bits[at] = (bits[at] as number) | (1 << (row & 31));
    }
  }
  return (tree, row) => (((bits[tree * words + (row >> 5)] as number) >>> (row & 31)) & 1) === 1;
};
