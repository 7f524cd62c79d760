/**
 * How a tree lies in memory: two 32-bit words a node, two siblings side by side, children behind their parents (tree-layout.ts says where).
 * - Split: (feature << 9 | missingRight << 8 | bin), then the index of the left child; the right one is the next. A row goes left if its bin
 *   is at most `bin`; bin 0 is a missing value and goes left too, unless missingRight is 1.
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
 * Finds the leaf that a row, given as bins by feature, falls into in each tree. Eight trees are walked side by side:
 * a walk mostly waits for memory, and eight wait at once (a quarter faster than four, measured).
 */
export const findLeaves = (nodes: Int32Array, roots: Int32Array, bins: Uint8Array, leaves: Int32Array): void => {
  const trees = roots.length;
  const whole = trees & ~7;
  for (let tree = 0; tree < whole; tree += 8) findEight(nodes, roots, tree, bins, leaves);
  for (let tree = whole; tree < trees; tree++) {
    let node = roots[tree] as number;
    for (let word = nodes[node << 1] as number; !isLeaf(word); word = nodes[node << 1] as number) node = child(nodes, node, word, bins);
    leaves[tree] = node;
  }
};

const findEight = (nodes: Int32Array, roots: Int32Array, tree: number, bins: Uint8Array, leaves: Int32Array): void => {
  let a = roots[tree] as number;
  let b = roots[tree + 1] as number;
  let c = roots[tree + 2] as number;
  let d = roots[tree + 3] as number;
  let e = roots[tree + 4] as number;
  let f = roots[tree + 5] as number;
  let g = roots[tree + 6] as number;
  let h = roots[tree + 7] as number;
  for (;;) {
    const wordA = nodes[a << 1] as number;
    const wordB = nodes[b << 1] as number;
    const wordC = nodes[c << 1] as number;
    const wordD = nodes[d << 1] as number;
    const wordE = nodes[e << 1] as number;
    const wordF = nodes[f << 1] as number;
    const wordG = nodes[g << 1] as number;
    const wordH = nodes[h << 1] as number;
    if (isLeaf(wordA & wordB & wordC & wordD & wordE & wordF & wordG & wordH)) break;
    if (!isLeaf(wordA)) a = child(nodes, a, wordA, bins);
    if (!isLeaf(wordB)) b = child(nodes, b, wordB, bins);
    if (!isLeaf(wordC)) c = child(nodes, c, wordC, bins);
    if (!isLeaf(wordD)) d = child(nodes, d, wordD, bins);
    if (!isLeaf(wordE)) e = child(nodes, e, wordE, bins);
    if (!isLeaf(wordF)) f = child(nodes, f, wordF, bins);
    if (!isLeaf(wordG)) g = child(nodes, g, wordG, bins);
    if (!isLeaf(wordH)) h = child(nodes, h, wordH, bins);
  }
  leaves[tree] = a;
  leaves[tree + 1] = b;
  leaves[tree + 2] = c;
  leaves[tree + 3] = d;
  leaves[tree + 4] = e;
  leaves[tree + 5] = f;
  leaves[tree + 6] = g;
  leaves[tree + 7] = h;
};

/**
 * The child that a row goes to, in arithmetic only: half of the branches on the data would be mispredicted, and a comparison made a number
 * becomes one (a third slower, measured).
 */
const child = (nodes: Int32Array, node: number, word: number, bins: Uint8Array): number => {
  const missingRight = splitMissingRight(word);
  // With missingRight, bin 0 wraps around to 511 and is right of every limit. 1 if right.
  const goesRight = (splitBin(word) - missingRight - (((bins[splitFeature(word)] as number) - missingRight) & 511)) >>> 31;
  return (nodes[(node << 1) + 1] as number) + goesRight;
};
