/**
 * How a tree lies in memory: two 32-bit words a node, in preorder, so that the left child is the next node.
 * - Split: (feature << 9 | missingRight << 8 | bin), then the index of the right child. A row goes left if its bin is at most `bin`;
 *   bin 0 is a missing value and goes left too, unless missingRight is 1.
 * - Leaf: the sign bit and the index of its first sample, then its mean as a 32-bit float.
 * A sample is a 16-bit number of a level (target-levels.ts); its top bit marks the last one of the leaf.
 */

const LEAF = -0x80000000;
/** A leaf keeps at most so many samples. */
export const SAMPLES_PER_LEAF = 64;
/** Marks the last sample of a leaf. */
export const LAST = 0x8000;

export const packLeaf = (firstSample: number): number => LEAF | firstSample;
export const packSplit = (feature: number, bin: number, missingRight: number): number => (feature << 9) | (missingRight << 8) | bin;

export const isLeaf = (word: number): boolean => word < 0;
export const firstSample = (leaf: number): number => leaf & 0x7fffffff;
export const splitFeature = (word: number): number => word >>> 9;
export const splitBin = (word: number): number => word & 255;
export const splitMissingRight = (word: number): number => (word >>> 8) & 1;

/**
 * Finds the leaf that a row, given as bins by feature, falls into in each tree. Four trees are walked side by side:
 * a walk mostly waits for memory, and four wait at once (twice as fast, measured).
 */
export const findLeaves = (nodes: Int32Array, roots: Int32Array, bins: Uint8Array, leaves: Int32Array): void => {
  const last = roots.length - 1;
  for (let tree = 0; tree <= last; tree += 4) {
    const second = tree + 1 > last ? last : tree + 1;
    const third = tree + 2 > last ? last : tree + 2;
    const fourth = tree + 3 > last ? last : tree + 3;
    let a = roots[tree] as number;
    let b = roots[second] as number;
    let c = roots[third] as number;
    let d = roots[fourth] as number;
    for (;;) {
      const wordA = nodes[a << 1] as number;
      const wordB = nodes[b << 1] as number;
      const wordC = nodes[c << 1] as number;
      const wordD = nodes[d << 1] as number;
      if (isLeaf(wordA & wordB & wordC & wordD)) break;
      if (!isLeaf(wordA)) a = child(nodes, a, wordA, bins);
      if (!isLeaf(wordB)) b = child(nodes, b, wordB, bins);
      if (!isLeaf(wordC)) c = child(nodes, c, wordC, bins);
      if (!isLeaf(wordD)) d = child(nodes, d, wordD, bins);
    }
    leaves[tree] = a;
    leaves[second] = b;
    leaves[third] = c;
    leaves[fourth] = d;
  }
};

/**
 * The child that a row goes to, in arithmetic only: half of the branches on the data would be mispredicted, and a comparison made a number
 * becomes one (a third slower, measured).
 */
const child = (nodes: Int32Array, node: number, word: number, bins: Uint8Array): number => {
  const missingRight = splitMissingRight(word);
  // With missingRight, bin 0 wraps around to 511 and is right of every limit. All ones if right.
  const goesRight = (splitBin(word) - missingRight - (((bins[splitFeature(word)] as number) - missingRight) & 511)) >> 31;
  const left = node + 1;
  return left ^ ((left ^ (nodes[(node << 1) + 1] as number)) & goesRight);
};
