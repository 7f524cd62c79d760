import { RandomForestRegression } from "ml-random-forest";
import { describe, expect, it } from "vitest";
import { packBlocks, unpackBlocks } from "../codec/blocks.ts";
import { friedman1 } from "../testing/friedman.ts";
import { binOf } from "./binning.ts";
import { binningOf } from "./codec.ts";
import { histogramForest, type RegressorEngine } from "./engine.ts";
import { libraryModels } from "./library-forest.ts";
import { mlRandomForest } from "./ml-random-forest.ts";
import { outOfBagError } from "./out-of-bag.ts";
import type { Samples } from "./samples.ts";

const row = (samples: Samples, index: number): number[] => samples.columns.map((column) => column[index]!);

describe.each([histogramForest, mlRandomForest])("engine $name", (engine: RegressorEngine) => {
  const training = engine.train(friedman1(300, 1), { seed: 1, trees: 30 });
  const test = friedman1(300, 2);

  it("predicts, in and out of bag", () => {
    const { regressor } = training;
    const predicted = test.target.map((_, i) => regressor.predict(row(test, i)));
    expect(outOfBagError(test.target, predicted).r2).toBeGreaterThan(0.6);
    expect(outOfBagError(friedman1(300, 1).target, training.outOfBag([]).mean).r2).toBeGreaterThan(0.6);
  });

  it("gives quantiles that hold most rows", () => {
    const { regressor } = training;
    const inside = test.target.filter((y, i) => {
      const [low = 0, high = 0] = regressor.quantiles(row(test, i), [0.05, 0.95]);
      return low <= y && y <= high;
    });
    expect(inside.length / test.target.length).toBeGreaterThan(0.8);
    for (const sorted of training.outOfBag([0.05, 0.95]).quantiles) expect(sorted).toHaveLength(300);
  });

  it("saves and loads", () => {
    const loaded = engine.load(training.regressor.save());
    expect(loaded.predict(row(test, 5))).toBe(training.regressor.predict(row(test, 5)));
    expect(loaded.quantiles(row(test, 5), [0.05, 0.95])).toEqual(training.regressor.quantiles(row(test, 5), [0.05, 0.95]));
    expect(() => engine.load(new Uint8Array(100))).toThrow(/not a saved forecast model/);
  });

  it("says which features matter", () => {
    const importance = training.importance();
    expect(importance).toHaveLength(8);
    expect(importance[3]).toBeGreaterThan(importance[6]!);
  });

  it("learns from very few rows", () => {
    for (const rows of [1, 2, 3, 25]) {
      const few = engine.train(friedman1(rows, 1), { seed: 1, trees: 10 });
      expect(few.regressor.predict(row(test, 0))).toBeGreaterThan(-5);
      expect(few.regressor.quantiles(row(test, 0), [0.5])[0]).toBeGreaterThan(-5);
      expect(few.outOfBag([0.5]).mean).toHaveLength(rows);
    }
    expect(() => engine.train(friedman1(0, 1), { seed: 1 })).toThrow(/at least one row/);
  });
});

it("reads what ml-random-forest has learned as the library itself does", () => {
  const samples = friedman1(150, 3);
  const saved = mlRandomForest.train(samples, { seed: 3, trees: 12 }).regressor.save();
  const regressor = libraryModels.load(saved);
  const { features, model } = unpackBlocks(saved).header as unknown as { features: Samples["features"]; model: object };
  const library = RandomForestRegression.load(model as never) as unknown as { predict(rows: readonly number[][]): number[] };
  const binning = binningOf(features, unpackBlocks(saved).blocks.slice(1));
  const test = friedman1(200, 4);
  for (let n = 0; n < 200; n++) {
    // Some features are missing.
    const values = row(test, n).map((value, f) => (f === n % 11 ? Number.NaN : value));
    const [expected] = library.predict([binning.map((bins, f) => binOf(bins, values[f] as number))]);
    expect(regressor.predict(values)).toBe(expected);
  }
  expect(Buffer.from(regressor.save())).toEqual(Buffer.from(saved));
  expect(() => libraryModels.train(samples, { seed: 1 })).toThrow("mlRandomForest");
  for (const broken of [{}, { baseModel: {} }, { baseModel: { indexes: [], estimators: [{}] } }])
    expect(() => libraryModels.load(packBlocks({ features, model: broken }, []))).toThrow(/not of ml-random-forest/);
});

it("agrees with ml-random-forest on what can be learned", () => {
  const samples = friedman1(400, 1);
  const test = friedman1(400, 2);
  const r2 = ([histogramForest, mlRandomForest] as const).map((engine) => {
    const { regressor } = engine.train(samples, { seed: 1, trees: 40, featuresPerSplit: 8, minLeaf: 2 });
    return outOfBagError(
      test.target,
      test.target.map((_, i) => regressor.predict(row(test, i))),
    ).r2;
  });
  expect(Math.abs(r2[0]! - r2[1]!)).toBeLessThan(0.04);
});
