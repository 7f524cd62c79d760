import { binColumns, fitBinning } from "./binning.ts";
import { drawBootstrap, type GroupIndex, indexGroups } from "./bootstrap.ts";
import { Forest } from "./forest.ts";
import { isLeaf, LAST, packLeaf, SAMPLES_PER_LEAF } from "./nodes.ts";
import { Prng } from "./prng.ts";
import { type Samples, trainable } from "./samples.ts";
import { fitLevels, levelOf } from "./target-levels.ts";
import { TreeGrower } from "./tree-grower.ts";
import { type GrownTree, layTrees } from "./tree-layout.ts";

/** How to grow a forest. */
export interface ForestOptions {
  readonly seed: number;
  /** Default 100. */
  readonly trees?: number;
  /** Features drawn at each split; default a third, at least 1 (Breiman 2001). */
  readonly featuresPerSplit?: number;
  /** Smallest number of distinct rows in a leaf; default 5. */
  readonly minLeaf?: number;
  /** Default 64. */
  readonly maxDepth?: number;
}

/** A forest and what it learned from, for out-of-bag answers. */
export interface TrainedForest {
  readonly forest: Forest;
  /** Rows with a finite target, in their order. */
  readonly samples: Samples;
  /** Bins by feature and row of `samples`. */
  readonly columns: readonly Uint8Array[];
  readonly groups: GroupIndex | undefined;
  readonly seed: number;
}

/**
 * Grows a random forest on the rows with a finite target. The same samples, options and seed give the same forest, bit by bit.
 * @throws ValidationError QMOI_INVALID_INPUT if there is no such row, a column's length differs or a category's code is not an integer from 0
 */
export const trainForest = (given: Samples, options: ForestOptions): TrainedForest => {
  const samples = trainable(given);
  const rows = samples.target.length;
  const { seed, trees = 100, minLeaf = 5, maxDepth = 64 } = options;
  const featuresPerSplit = options.featuresPerSplit ?? Math.max(1, Math.floor(samples.features.length / 3));

  const { offset, scale } = targetUnits(samples.target);
  const targets = samples.target.map((y) => (y - offset) / scale);
  const levels = fitLevels(samples.target);
  const levelOfRow = Uint16Array.from(samples.target, (y) => levelOf(levels, y));
  const binning = fitBinning(samples.features, samples.columns, targets);
  const columns = binColumns(binning, samples.columns);
  const groups = samples.groups ? indexGroups(samples.groups) : undefined;

  const grower = new TreeGrower(columns, targets, { featuresPerSplit, minLeaf, maxDepth });
  const weights = new Uint8Array(rows);
  const grown: GrownTree[] = [];
  for (let tree = 0; tree < trees; tree++) {
    const prng = new Prng(seed, tree);
    const total = drawBootstrap(prng, weights, groups);
    grower.grow(prng, weights, total);
    grown.push(takeTree(grower, levelOfRow));
  }
  const forest = new Forest({ features: samples.features, binning, levels, offset, scale, ...layTrees(grown) });
  return { forest, samples, columns, groups, seed };
};

/** Targets are centred and scaled by a power of two, so that sums of squares keep their digits and simple targets stay exact. */
const targetUnits = (target: Float64Array): { offset: number; scale: number } => {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const y of target) {
    if (y < low) low = y;
    if (y > high) high = y;
  }
  const half = high / 2 - low / 2;
  // Plus zero: JSON would lose the sign of a negative one.
  if (half === 0) return { offset: low + 0, scale: 1 };
  const scale = 2 ** Math.min(1023, Math.ceil(Math.log2(half)));
  return { offset: Math.round((low / 2 + high / 2) / scale) * scale + 0, scale };
};

/** The tree that was grown last, its leaves pointing to the levels of their rows; the last one of each leaf is marked. */
const takeTree = (grower: TreeGrower, levelOfRow: Uint16Array): GrownTree => {
  const nodes = grower.nodes.slice(0, 2 * grower.nodeCount);
  const samples = new Uint16Array(grower.rowCount);
  let size = 0;
  let end = 0;
  for (let node = 0; node < grower.nodeCount; node++) {
    if (!isLeaf(nodes[node << 1] as number)) continue;
    const start = end;
    end = start + grower.leafRows(node);
    nodes[node << 1] = packLeaf(size);
    if (end - start > SAMPLES_PER_LEAF) size = thinOut(grower.rows.subarray(start, end), levelOfRow, samples, size);
    else for (let i = start; i < end; i++) samples[size++] = levelOfRow[grower.rows[i] as number] as number;
    samples[size - 1] = (samples[size - 1] as number) | LAST;
  }
  return { nodes, samples: samples.slice(0, size) };
};

/** Writes levels of equal distance in rank for a large leaf: more would cost memory and time, and move no quantile that matters. */
const thinOut = (rows: Int32Array, levelOfRow: Uint16Array, samples: Uint16Array, from: number): number => {
  const levels = Uint16Array.from(rows, (row) => levelOfRow[row] as number).sort();
  for (let k = 0; k < SAMPLES_PER_LEAF; k++) {
    samples[from + k] = levels[Math.floor(((k + 0.5) * levels.length) / SAMPLES_PER_LEAF)] as number;
  }
  return from + SAMPLES_PER_LEAF;
};
