import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { growObviousTree, type ObviousTree } from "../testing/obvious-tree.ts";
import { drawBootstrap } from "./bootstrap.ts";
import { firstSample, isLeaf, splitBin, splitFeature, splitMissingRight } from "./nodes.ts";
import { Prng } from "./prng.ts";
import { TreeGrower } from "./tree-grower.ts";

/** The grower's tree in the shape of the obvious one. */
const unpack = (grower: TreeGrower): ObviousTree => {
  const leafStarts = [...Array(grower.nodeCount).keys()].map((node) => grower.nodes[2 * node]!).filter(isLeaf);
  const starts = leafStarts.map(firstSample);
  const read = (node: number): ObviousTree => {
    const word = grower.nodes[2 * node]!;
    if (isLeaf(word)) {
      const start = firstSample(word);
      const end = starts.find((other) => other > start) ?? grower.rowCount;
      return { leaf: [...grower.rows.subarray(start, end)], mean: grower.values[2 * node + 1]! };
    }
    const shape = { feature: splitFeature(word), bin: splitBin(word), missingRight: splitMissingRight(word) };
    return { ...shape, left: read(node + 1), right: read(grower.nodes[2 * node + 1]!) };
  };
  return read(0);
};

const roundMeans = (tree: ObviousTree): ObviousTree =>
  "leaf" in tree
    ? { leaf: tree.leaf, mean: Math.fround(tree.mean) }
    : { ...tree, left: roundMeans(tree.left), right: roundMeans(tree.right) };

describe("TreeGrower", () => {
  const problem = fc
    .record({
      rows: fc.integer({ min: 1, max: 60 }),
      features: fc.integer({ min: 1, max: 5 }),
      // Few bins give ties and missing values, many give small groups.
      bins: fc.constantFrom(2, 4, 30, 256),
      featuresPerSplit: fc.integer({ min: 1, max: 5 }),
      minLeaf: fc.integer({ min: 1, max: 6 }),
      maxDepth: fc.constantFrom(1, 3, 64),
      seed: fc.integer(),
    })
    .map((options) => {
      const prng = new Prng(options.seed, 99);
      const columns = Array.from({ length: options.features }, () =>
        Uint8Array.from({ length: options.rows }, () => prng.below(options.bins)),
      );
      // Whole numbers: sums are exact, so that ties are ties in both.
      const targets = Float64Array.from({ length: options.rows }, () => prng.below(20) - 10);
      return { ...options, columns, targets };
    });

  it("splits as an obvious implementation does", () => {
    fc.assert(
      fc.property(problem, ({ columns, targets, seed, ...options }) => {
        const weights = new Uint8Array(targets.length);
        const total = drawBootstrap(new Prng(seed), weights);
        const grower = new TreeGrower(columns, targets, options);
        grower.grow(new Prng(seed), weights, total);
        expect(unpack(grower)).toEqual(roundMeans(growObviousTree(columns, targets, weights, new Prng(seed), options)));
      }),
      { numRuns: 500 },
    );
  });

  it("grows the same tree whatever it grew before", () => {
    fc.assert(
      fc.property(problem, ({ columns, targets, seed, ...options }) => {
        const weights = new Uint8Array(targets.length);
        const total = drawBootstrap(new Prng(seed), weights);
        const used = new TreeGrower(columns, targets, options);
        used.grow(new Prng(seed, 1), weights, total);
        used.grow(new Prng(seed, 2), weights, total);
        const fresh = new TreeGrower(columns, targets, options);
        fresh.grow(new Prng(seed, 2), weights, total);
        expect(unpack(used)).toEqual(unpack(fresh));
      }),
    );
  });
});
