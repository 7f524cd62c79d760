import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Block, packBlocks, unpackBlocks } from "../codec/blocks.ts";
import { friedman1 } from "../testing/friedman.ts";
import { decodeForest, encodeForest } from "./codec.ts";
import type { Forest } from "./forest.ts";
import { outOfBag, outOfBagError, permutationImportance } from "./out-of-bag.ts";
import { Prng } from "./prng.ts";
import { refreshForest } from "./refresh.ts";
import type { Samples } from "./samples.ts";
import { trainForest } from "./train-forest.ts";

const row = (samples: Samples, index: number): number[] => samples.columns.map((column) => column[index]!);
const oneFeature = (kind: "numeric" | "categorical", values: number[], target: number[]): Samples => ({
  features: [{ name: "x", kind }],
  columns: [Float64Array.from(values)],
  target: Float64Array.from(target),
});
const r2 = (forest: Forest, samples: Samples): number =>
  outOfBagError(
    samples.target,
    samples.target.map((_, i) => forest.predict(row(samples, i))),
  ).r2;

/** Any numbers, the worst ones included. */
const anyNumber = fc.oneof(
  fc.double(),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 1e300, 5e-324),
);
const anySamples = fc.integer({ min: 1, max: 40 }).chain((rows) =>
  fc
    .record({
      numeric: fc.array(anyNumber, { minLength: rows, maxLength: rows }),
      codes: fc.array(fc.oneof(fc.nat(5), fc.constant(Number.NaN)), { minLength: rows, maxLength: rows }),
      target: fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: rows, maxLength: rows }),
    })
    .map(
      ({ numeric, codes, target }): Samples => ({
        features: [
          { name: "n", kind: "numeric" },
          { name: "c", kind: "categorical" },
        ],
        columns: [Float64Array.from(numeric), Float64Array.from(codes)],
        target: Float64Array.from(target),
      }),
    ),
);

describe("trainForest", () => {
  it("explains Friedman's function on rows it has not seen", () => {
    const { forest } = trainForest(friedman1(2000, 1), { seed: 1 });
    // scikit-learn reaches 0.83 to 0.85 with these options and rows of this function.
    expect(r2(forest, friedman1(2000, 2))).toBeGreaterThan(0.82);
  });

  it("is the same, bit by bit, for the same seed, and another for another", () => {
    const bytes = (seed: number): Uint8Array => encodeForest(trainForest(friedman1(300, 1), { seed, trees: 7 }).forest);
    expect(bytes(5)).toEqual(bytes(5));
    expect(bytes(5)).not.toEqual(bytes(6));
  });

  it("answers within the range of the targets, whatever the values", () => {
    fc.assert(
      fc.property(anySamples, fc.array(anyNumber, { minLength: 2, maxLength: 2 }), (samples, query) => {
        const { forest } = trainForest(samples, { seed: 1, trees: 5, minLeaf: 1 });
        const low = Math.min(...samples.target);
        const high = Math.max(...samples.target);
        const slack = 1e-6 * Math.max(Math.abs(low), Math.abs(high));
        for (const value of [forest.predict(query), ...forest.quantiles(query, [0, 0.05, 0.5, 0.95, 1])]) {
          expect(value).toBeGreaterThanOrEqual(low - slack);
          expect(value).toBeLessThanOrEqual(high + slack);
        }
      }),
    );
  });

  it("gives a constant target exactly", () => {
    const { forest } = trainForest(oneFeature("numeric", [1, 2, 3, 4], [7.3, 7.3, 7.3, 7.3]), { seed: 1 });
    expect(forest.predict([9])).toBe(7.3);
    expect([...forest.quantiles([9], [0.05, 0.95])]).toEqual([7.3, 7.3]);
  });

  it("keeps small differences far from zero", () => {
    const samples = friedman1(500, 1);
    const near = trainForest(samples, { seed: 1 }).forest;
    const far = trainForest({ ...samples, target: samples.target.map((y) => y + 1e9) }, { seed: 1 }).forest;
    expect(far.predict(row(samples, 3)) - 1e9).toBeCloseTo(near.predict(row(samples, 3)), 3);
  });

  it("skips rows without a finite target and refuses to learn from none", () => {
    const { forest } = trainForest(oneFeature("numeric", [1, 2, 3], [5, Number.NaN, Number.POSITIVE_INFINITY]), { seed: 1 });
    expect(forest.predict([2])).toBe(5);
    expect(() => trainForest(oneFeature("numeric", [1], [Number.NaN]), { seed: 1 })).toThrow(/at least one row/);
    expect(() => trainForest(oneFeature("numeric", [], []), { seed: 1 })).toThrow(/at least one row/);
  });

  it("refuses columns of another length and codes that are none", () => {
    expect(() => trainForest(oneFeature("numeric", [1, 2], [1]), { seed: 1 })).toThrow(/one value a row/);
    for (const code of [-1, 1.5, 2 ** 24, Number.POSITIVE_INFINITY])
      expect(() => trainForest(oneFeature("categorical", [code], [1]), { seed: 1 })).toThrow(/integer/);
  });

  it("learns where missing values belong", () => {
    const prng = new Prng(3);
    const values = Array.from({ length: 400 }, (_, i) => (i % 4 === 0 ? Number.NaN : prng.next()));
    const target = values.map((x) => (Number.isNaN(x) ? 10 : x));
    const { forest } = trainForest(oneFeature("numeric", values, target), { seed: 1 });
    expect(forest.predict([Number.NaN])).toBeCloseTo(10, 1);
    expect(forest.predict([0.9])).toBeLessThan(1.1);
  });

  it("tells categories apart whatever their codes, and takes an unknown one as missing", () => {
    const codes = Array.from({ length: 600 }, (_, i) => i % 6);
    const meanOf = [3, 9, 1, 7, 5, 2];
    const { forest } = trainForest(
      oneFeature(
        "categorical",
        codes,
        codes.map((code) => meanOf[code]!),
      ),
      { seed: 1 },
    );
    codes.slice(0, 6).forEach((code) => {
      expect(forest.predict([code])).toBeCloseTo(meanOf[code]!, 5);
    });
    expect(forest.predict([77])).toBe(forest.predict([Number.NaN]));
  });

  it("does not learn by heart a category that each row has for itself", () => {
    const prng = new Prng(4);
    const rows = 20_000;
    const samples = oneFeature(
      "categorical",
      Array.from({ length: rows }, (_, i) => i),
      Array.from({ length: rows }, () => prng.next()),
    );
    const { forest } = trainForest(samples, { seed: 1, trees: 3 });
    expect(forest.nodes).toBe(3);
  });

  it("merges neighbouring categories when there are more than bins", () => {
    const codes = Array.from({ length: 10_000 }, (_, i) => i % 1000);
    const { forest } = trainForest(oneFeature("categorical", codes, codes), { seed: 1, minLeaf: 1, trees: 20 });
    for (const code of [0, 500, 999]) expect(Math.abs(forest.predict([code]) - code)).toBeLessThan(5);
  });

  it("finds a target's quantiles", () => {
    const prng = new Prng(8);
    const x = Array.from({ length: 20_000 }, () => prng.next());
    const { forest } = trainForest(
      oneFeature(
        "numeric",
        x,
        x.map((v) => 10 * v * prng.next()),
      ),
      { seed: 1, minLeaf: 50 },
    );
    const [low = 0, middle = 0, high = 0] = forest.quantiles([0.8], [0.1, 0.5, 0.9]);
    expect(Math.abs(low - 0.8)).toBeLessThan(0.4);
    expect(Math.abs(middle - 4)).toBeLessThan(0.6);
    expect(Math.abs(high - 7.2)).toBeLessThan(0.4);
  });
});

describe("out of bag", () => {
  it("estimates the error on rows not seen", () => {
    const samples = friedman1(2000, 1);
    const trained = trainForest(samples, { seed: 1 });
    const { r2: estimated } = outOfBagError(samples.target, outOfBag(trained).mean);
    expect(Math.abs(estimated - r2(trained.forest, friedman1(4000, 2)))).toBeLessThan(0.02);
  });

  it("uses no tree that saw the row or, with groups, one of its group", () => {
    // Each group has a target of its own, which its rows give away: only a tree that saw the group can know it.
    const groups = Int32Array.from({ length: 200 }, (_, i) => 10 * (i % 20));
    const x = Array.from(groups);
    const prng = new Prng(2);
    const level = Array.from({ length: 20 }, () => prng.next());
    const samples = oneFeature(
      "numeric",
      x,
      x.map((group) => level[group / 10]!),
    );
    const errors = (given: Samples): number => {
      const trained = trainForest(given, { seed: 1, minLeaf: 1 });
      return outOfBagError(trained.samples.target, outOfBag(trained).mean).r2;
    };
    expect(errors(samples)).toBeGreaterThan(0.99);
    expect(errors({ ...samples, groups })).toBeLessThan(0.5);
  });

  it("takes a category of the row's group alone for unknown, and one of several groups for what it is", () => {
    const prng = new Prng(4);
    const groups = Int32Array.from({ length: 600 }, (_, row) => Math.floor(row / 20));
    const levels = Array.from({ length: 30 }, () => 10 * prng.next());
    const explained = (category: (row: number) => number): number => {
      const target = Array.from(groups, (_, row) => levels[category(row)]! + prng.next());
      const trained = trainForest(
        {
          ...oneFeature(
            "categorical",
            Array.from(groups, (_, row) => category(row)),
            target,
          ),
          groups,
        },
        { seed: 1 },
      );
      return outOfBagError(trained.samples.target, outOfBag(trained).mean).r2;
    };
    expect(explained((row) => groups[row]!)).toBeLessThan(0.05);
    expect(explained((row) => row % 20)).toBeGreaterThan(0.9);
  });

  it("has no answer for a row in all bags", () => {
    expect(outOfBag(trainForest(oneFeature("numeric", [1], [2]), { seed: 1 }), [0.5])).toEqual({
      mean: Float64Array.of(Number.NaN),
      quantiles: [Float64Array.of(Number.NaN)],
      excess: Float64Array.of(0),
    });
  });

  it("ranks the features that matter first", () => {
    const importance = permutationImportance(trainForest(friedman1(1000, 1), { seed: 1, trees: 30 }));
    const order = [...importance.keys()].sort((a, b) => importance[b]! - importance[a]!);
    expect(order[0]).toBe(3);
    expect(new Set(order.slice(0, 5))).toEqual(new Set([0, 1, 2, 3, 4]));
    for (const useless of order.slice(5)) expect(importance[useless]).toBeLessThan(0.1 * importance[3]!);
  });
});

describe("codec", () => {
  it("gives back a forest that answers alike", () => {
    fc.assert(
      fc.property(anySamples, fc.array(anyNumber, { minLength: 2, maxLength: 2 }), (samples, query) => {
        const { forest } = trainForest(samples, { seed: 1, trees: 5, minLeaf: 1 });
        const loaded = decodeForest(encodeForest(forest));
        expect(loaded.parts).toEqual(forest.parts);
        expect(loaded.predict(query)).toBe(forest.predict(query));
        expect(loaded.quantiles(query, [0.05, 0.95])).toEqual(forest.quantiles(query, [0.05, 0.95]));
      }),
    );
  });

  it("needs about ten bytes a node", () => {
    const { forest } = trainForest(friedman1(5000, 1), { seed: 1, minLeaf: 1, trees: 10 });
    expect(encodeForest(forest).length / forest.nodes).toBeLessThan(11);
  });

  it("refuses a damaged buffer, or loads a forest whose walks end", () => {
    const bytes = encodeForest(trainForest(friedman1(60, 1), { seed: 1, trees: 3 }).forest);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), fc.boolean(), (at, flip, cut) => {
        const damaged = cut ? bytes.slice(0, at) : bytes.map((byte, i) => (i === at ? byte ^ flip : byte));
        let forest: Forest;
        try {
          forest = decodeForest(damaged);
        } catch (error) {
          expect(error).toMatchObject({ code: "QMOI_INVALID_INPUT" });
          return;
        }
        expect(typeof forest.predict(new Float64Array(8))).toBe("number");
        expect(forest.quantiles(new Float64Array(8), [0.5])).toHaveLength(1);
      }),
      { numRuns: 500 },
    );
  });
});

it("a codec's buffer whose walks would not end is refused, though its check sum is right", () => {
  const { header, blocks } = unpackBlocks(encodeForest(trainForest(friedman1(60, 1), { seed: 1, trees: 3 }).forest));
  const nodes = blocks[1] as Int32Array;
  const refuse = (spoil: (words: Int32Array) => void, blocksToo: (all: Block[]) => void = () => {}): void => {
    const words = nodes.slice();
    spoil(words);
    const all = blocks.map((block, i) => (i === 1 ? words : block));
    blocksToo(all);
    expect(() => decodeForest(packBlocks(header as object, all))).toThrow(/not a saved forecast model/);
  };
  refuse((words) => words.set([0], 1));
  refuse((words) => words.set([2 ** 20], 1));
  refuse((words) => words.set([99 << 9], 0));
  refuse((words) => words.set([-1], 0));
  refuse((words) => words.set([0], words.length - 2));
  refuse(
    () => {},
    (all) => all.splice(3, 1, Float64Array.of(1)),
  );
  refuse(
    () => {},
    (all) => all.pop(),
  );
});

describe("refreshForest", () => {
  it("takes the mean of the leaves' old and new rows", () => {
    const samples = oneFeature("numeric", [1, 1, 1, 1, 9, 9, 9, 9], [2, 2, 2, 2, 5, 5, 5, 5]);
    const { forest } = trainForest(samples, { seed: 1, minLeaf: 1, trees: 1, featuresPerSplit: 1 });
    const drawn = forest.parts.samples.length;
    const before = forest.predict([9]);
    const refreshed = refreshForest(forest, oneFeature("numeric", [9, 9], [8, 8]));
    const kept = refreshed.parts.samples.length - 2;
    expect(kept).toBe(drawn);
    expect(before).toBe(5);
    expect(refreshed.predict([1])).toBe(2);
    expect(refreshed.predict([9])).toBeGreaterThan(5);
    expect(refreshed.predict([9])).toBeLessThan(8);
    expect(refreshed.quantiles([9], [0, 1])).toEqual(Float64Array.of(5, 8));
    expect(forest.predict([9])).toBe(5);
  });

  it("follows a target that moved, beyond the range it knew", () => {
    const { forest } = trainForest(friedman1(1000, 1), { seed: 1 });
    const later = friedman1(3000, 2);
    const moved = { ...later, target: later.target.map((y) => y + 100) };
    const refreshed = refreshForest(forest, moved);
    // Three new rows to one old in a leaf: three quarters of the way.
    expect(refreshed.predict(row(later, 0)) - forest.predict(row(later, 0))).toBeGreaterThan(60);
    expect(refreshed.quantiles(row(later, 0), [0.99])[0]).toBeGreaterThan(100);
    expect(decodeForest(encodeForest(refreshed)).parts).toEqual(refreshed.parts);
  });

  it("changes nothing without rows", () => {
    const { forest } = trainForest(friedman1(50, 1), { seed: 1, trees: 2 });
    expect(refreshForest(forest, friedman1(0, 1))).toBe(forest);
  });
});
