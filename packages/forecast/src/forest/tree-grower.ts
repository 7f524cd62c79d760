import { firstSample, isLeaf, packLeaf, packSplit } from "./nodes.ts";
import type { Prng } from "./prng.ts";
import { SplitSearch } from "./split-search.ts";

/** What shapes a tree. */
export interface GrowthOptions {
  /** Features drawn at each node; more are drawn only while none of them can be split on. */
  readonly featuresPerSplit: number;
  /** Smallest number of distinct rows in a leaf. */
  readonly minLeaf: number;
  readonly maxDepth: number;
}

/** Grows one tree after the other in the same buffers. The tree stays in `nodes`, `values` and `rows` until the next one. */
export class TreeGrower {
  /** The nodes in preorder, words as in nodes.ts; but a split's left child is the next node, its second word the right one. A leaf's samples begin at its first row in `rows`. */
  readonly nodes: Int32Array;
  /** `nodes` read as floats. */
  readonly values: Float32Array;
  nodeCount = 0;
  /** The drawn rows, those of a leaf side by side. */
  readonly rows: Int32Array;
  rowCount = 0;

  readonly #columns: readonly Uint8Array[];
  readonly #targets: Float64Array;
  readonly #options: GrowthOptions;
  readonly #search: SplitSearch;
  readonly #features: Int32Array;
  readonly #spare: Int32Array;
  #weights: Uint8Array = new Uint8Array(0);
  #prng: Prng | undefined;

  /**
   * @param columns bins by feature and row
   * @param targets by row
   */
  constructor(columns: readonly Uint8Array[], targets: Float64Array, options: GrowthOptions) {
    this.#columns = columns;
    this.#targets = targets;
    this.#options = options;
    this.#search = new SplitSearch(targets.length, options.minLeaf);
    this.#features = new Int32Array(columns.length);
    this.rows = new Int32Array(targets.length);
    this.#spare = new Int32Array(targets.length);
    // A binary tree has fewer than two nodes a row, a node has two words.
    this.nodes = new Int32Array(4 * targets.length);
    this.values = new Float32Array(this.nodes.buffer);
  }

  /** Number of rows in a leaf: from its first one to that of the next leaf. */
  leafRows(leaf: number): number {
    const start = firstSample(this.nodes[leaf << 1] as number);
    for (let node = leaf + 1; node < this.nodeCount; node++) {
      const word = this.nodes[node << 1] as number;
      if (isLeaf(word)) return firstSample(word) - start;
    }
    return this.rowCount - start;
  }

  /** Grows a tree on the rows with a weight, which is how often they were drawn; `totalWeight` is their sum. */
  grow(prng: Prng, weights: Uint8Array, totalWeight: number): void {
    this.#prng = prng;
    this.#weights = weights;
    for (let f = 0; f < this.#features.length; f++) this.#features[f] = f;
    const sum = this.#takeDrawn(weights);
    this.nodeCount = 0;
    this.#growNode(0, this.rowCount, totalWeight, sum, 0);
  }

  /** Lists the drawn rows; gives the weighted sum of their targets. */
  #takeDrawn(weights: Uint8Array): number {
    let count = 0;
    let sum = 0;
    for (let row = 0; row < weights.length; row++) {
      if (weights[row] === 0) continue;
      this.rows[count++] = row;
      sum += (weights[row] as number) * (this.#targets[row] as number);
    }
    this.rowCount = count;
    return sum;
  }

  #growNode(start: number, count: number, weight: number, sum: number, depth: number): void {
    const node = this.nodeCount++;
    const { minLeaf, maxDepth } = this.#options;
    if (count < 2 * minLeaf || depth >= maxDepth || !this.#findSplit(start, count, weight, sum)) {
      this.nodes[node << 1] = packLeaf(start);
      this.values[(node << 1) + 1] = sum / weight;
      return;
    }
    const { feature, bin, missingRight, leftWeight, leftSum } = this.#search;
    const middle = this.#partition(start, count, this.#columns[feature] as Uint8Array, bin, missingRight);
    this.nodes[node << 1] = packSplit(feature, bin, missingRight);
    this.#growNode(start, middle - start, leftWeight, leftSum, depth + 1);
    this.nodes[(node << 1) + 1] = this.nodeCount;
    this.#growNode(middle, start + count - middle, weight - leftWeight, sum - leftSum, depth + 1);
  }

  #findSplit(start: number, count: number, weight: number, sum: number): boolean {
    const search = this.#search;
    if (search.begin(this.rows, start, count, this.#weights, this.#targets, weight, sum)) return false;
    const features = this.#features;
    for (let drawn = 0; drawn < features.length; drawn++) {
      if (drawn >= this.#options.featuresPerSplit && search.feature >= 0) break;
      const pick = drawn + (this.#prng as Prng).below(features.length - drawn);
      const feature = features[pick] as number;
      features[pick] = features[drawn] as number;
      features[drawn] = feature;
      search.tryFeature(feature, this.#columns[feature] as Uint8Array);
    }
    return search.feature >= 0;
  }

  /** Moves the rows that go left to the front, keeping their order on both sides; without branches, since half of them would be mispredicted. */
  #partition(start: number, count: number, column: Uint8Array, bin: number, missingRight: number): number {
    const rows = this.rows;
    const spare = this.#spare;
    const limit = bin - missingRight;
    let left = start;
    let right = 0;
    for (let i = start; i < start + count; i++) {
      const row = rows[i] as number;
      const goesRight = +(((column[row] as number) - missingRight) >>> 0 > limit);
      rows[left] = row;
      spare[right] = row;
      left += 1 - goesRight;
      right += goesRight;
    }
    for (let i = 0; i < right; i++) rows[left + i] = spare[i] as number;
    return left;
  }
}
