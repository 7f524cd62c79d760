import { type Binning, binOf } from "./binning.ts";
import { findLeaves, firstSample, LAST } from "./nodes.ts";
import type { Feature } from "./samples.ts";

/** What a trained forest consists of; all that is saved. */
export interface ForestParts {
  readonly features: readonly Feature[];
  readonly binning: Binning;
  /** Index of each tree's root. */
  readonly roots: Int32Array;
  /** See nodes.ts. Means of leaves are in units of `scale` from `offset`. */
  readonly nodes: Int32Array;
  readonly samples: Uint16Array;
  /** Targets that the samples number, ascending. */
  readonly levels: Float64Array;
  readonly offset: number;
  readonly scale: number;
}

/**
 * A regression forest (Breiman 2001, doi 10.1023/A:1010933404324) whose leaves keep the targets of their rows, so that it also answers with
 * quantiles (Meinshausen 2006, jmlr.org/papers/v7/meinshausen06a.html). A row is an array of numbers by feature; NaN is missing.
 * Answers share scratch memory, which is cheap and safe in one thread.
 */
export class Forest {
  readonly parts: ForestParts;
  readonly #values: Float32Array;
  readonly #bins: Uint8Array;
  readonly #leaves: Int32Array;
  readonly #mass: Float64Array;

  constructor(parts: ForestParts) {
    this.parts = parts;
    this.#values = new Float32Array(parts.nodes.buffer, parts.nodes.byteOffset, parts.nodes.length);
    this.#bins = new Uint8Array(parts.features.length);
    this.#leaves = new Int32Array(parts.roots.length);
    this.#mass = new Float64Array(parts.levels.length);
  }

  get trees(): number {
    return this.parts.roots.length;
  }

  get nodes(): number {
    return this.parts.nodes.length >> 1;
  }

  /** Bytes of nodes, samples and levels. */
  get bytes(): number {
    const { nodes, samples, levels } = this.parts;
    return nodes.byteLength + samples.byteLength + levels.byteLength;
  }

  /** The mean of the trees' leaf means. */
  predict(row: ArrayLike<number>): number {
    return this.meanOf(this.leavesOf(this.binRow(row)));
  }

  /** Quantiles at ascending probabilities; each sample in a leaf of the row weighs 1 / samples of the leaf. */
  quantiles(row: ArrayLike<number>, probabilities: ArrayLike<number>): Float64Array {
    return this.quantilesOf(this.leavesOf(this.binRow(row)), probabilities);
  }

  /** A row's bins by feature. Valid until the next call. */
  binRow(row: ArrayLike<number>): Uint8Array {
    const { binning } = this.parts;
    const bins = this.#bins;
    for (let f = 0; f < bins.length; f++) bins[f] = binOf(binning[f] as Binning[number], row[f] ?? Number.NaN);
    return bins;
  }

  /** The node of each tree that a row, given as bins, falls into. Valid until the next call. */
  leavesOf(bins: Uint8Array): Int32Array {
    findLeaves(this.parts.nodes, this.parts.roots, bins, this.#leaves);
    return this.#leaves;
  }

  /** What one tree answers to a row given as bins. */
  predictTree(tree: number, bins: Uint8Array): number {
    const { nodes, roots, offset, scale } = this.parts;
    findLeaves(nodes, roots.subarray(tree, tree + 1), bins, this.#leaves);
    return offset + scale * (this.#values[((this.#leaves[0] as number) << 1) + 1] as number);
  }

  /** The mean over a row's leaves, of all trees or of those that `use` accepts; NaN without any. */
  meanOf(leaves: Int32Array, use?: (tree: number) => boolean): number {
    let sum = 0;
    let trees = 0;
    for (let tree = 0; tree < leaves.length; tree++) {
      if (use && !use(tree)) continue;
      sum += this.#values[((leaves[tree] as number) << 1) + 1] as number;
      trees++;
    }
    return this.parts.offset + this.parts.scale * (sum / trees);
  }

  /** The variance between the means of a row's leaves, of the trees that `use` accepts, and their number. */
  varianceOf(leaves: Int32Array, use: (tree: number) => boolean): { variance: number; trees: number } {
    let sum = 0;
    let squares = 0;
    let trees = 0;
    for (let tree = 0; tree < leaves.length; tree++) {
      if (!use(tree)) continue;
      const mean = this.#values[((leaves[tree] as number) << 1) + 1] as number;
      sum += mean;
      squares += mean * mean;
      trees++;
    }
    const variance = trees > 1 ? Math.max(0, squares - (sum * sum) / trees) / (trees - 1) : 0;
    return { variance: variance * this.parts.scale ** 2, trees };
  }

  /** Quantiles over a row's leaves, of all trees or of those that `use` accepts; NaN without any. */
  quantilesOf(leaves: Int32Array, probabilities: ArrayLike<number>, use?: (tree: number) => boolean): Float64Array {
    const { nodes, samples } = this.parts;
    const mass = this.#mass.fill(0);
    let trees = 0;
    for (let tree = 0; tree < leaves.length; tree++) {
      if (use && !use(tree)) continue;
      const first = firstSample(nodes[(leaves[tree] as number) << 1] as number);
      let last = first;
      while ((samples[last] as number) < LAST) last++;
      const weight = 1 / (last - first + 1);
      for (let i = first; i <= last; i++) {
        const level = (samples[i] as number) & (LAST - 1);
        mass[level] = (mass[level] as number) + weight;
      }
      trees++;
    }
    return trees > 0 ? this.#quantilesOfMass(trees, probabilities) : new Float64Array(probabilities.length).fill(Number.NaN);
  }

  #quantilesOfMass(total: number, probabilities: ArrayLike<number>): Float64Array {
    const { levels } = this.parts;
    const answer = new Float64Array(probabilities.length);
    let level = 0;
    let below = this.#mass[0] as number;
    for (let i = 0; i < probabilities.length; i++) {
      // Rounding must not push a quantile to the next level; the lowest one still needs mass.
      const wanted = Math.max(((probabilities[i] as number) - 1e-9) * total, Number.MIN_VALUE);
      while (below < wanted && level < levels.length - 1) below += this.#mass[++level] as number;
      answer[i] = levels[level] as number;
    }
    return answer;
  }
}
