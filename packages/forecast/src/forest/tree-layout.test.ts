import fc from "fast-check";
import { expect, it } from "vitest";
import { findLeaves, firstSample, isLeaf, packLeaf, packSplit, splitBin, splitFeature, splitMissingRight } from "./nodes.ts";
import { type GrownTree, layTrees } from "./tree-layout.ts";

const FEATURES = 3;

/** A tree by the splits that its nodes would make, in preorder; those beyond the depth are leaves. Leaves are numbered by their samples. */
const treeOf = (splits: readonly (readonly [feature: number, bin: number, missingRight: number] | undefined)[]): GrownTree => {
  const words: number[] = [];
  let leaves = 0;
  let used = 0;
  const grow = (depth: number): void => {
    const split = depth < 12 ? splits[used++] : undefined;
    const at = words.length;
    words.push(split ? packSplit(...split) : packLeaf(leaves++), 0);
    if (!split) return;
    grow(depth + 1);
    words[at + 1] = words.length >> 1;
    grow(depth + 1);
  };
  grow(0);
  return { nodes: Int32Array.from(words), samples: Uint16Array.from({ length: leaves }, (_, i) => 0x8000 | i) };
};

/** Where a row ends in a tree in preorder: the number of its sample. */
const walk = ({ nodes }: GrownTree, bins: Uint8Array): number => {
  let node = 0;
  for (let word = nodes[0]!; ; word = nodes[2 * node]!) {
    if (isLeaf(word)) return firstSample(word);
    const bin = bins[splitFeature(word)]!;
    const right = bin === 0 ? splitMissingRight(word) === 1 : bin > splitBin(word);
    node = right ? nodes[2 * node + 1]! : node + 1;
  }
};

it("trees lead each row to the leaf that they led it to in preorder, however many there are", () => {
  const split = fc.option(fc.tuple(fc.nat(FEATURES - 1), fc.nat(255), fc.nat(1)), { nil: undefined, freq: 12 });
  const trees = fc.array(fc.array(split, { maxLength: 200 }).map(treeOf), { minLength: 1, maxLength: 19 });
  const rows = fc.array(fc.uint8Array({ minLength: FEATURES, maxLength: FEATURES }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(trees, rows, (grown, queries) => {
      const { roots, nodes, samples } = layTrees(grown);
      const leaves = new Int32Array(grown.length);
      for (const bins of queries) {
        findLeaves(nodes, roots, bins, leaves);
        expect(Array.from(leaves, (leaf) => samples[firstSample(nodes[2 * leaf]!)]! & 0x7fff)).toEqual(
          grown.map((tree) => walk(tree, bins)),
        );
      }
    }),
  );
});
