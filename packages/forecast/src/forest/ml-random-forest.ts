import { RandomForestRegression } from "ml-random-forest";
import { blockOf, invalid, packBlocks, unpackBlocks } from "../codec/blocks.ts";
import { quantileOf } from "../stats/quantile.ts";
import { type Binning, binColumns, binOf, fitBinning } from "./binning.ts";
import { binningOf, isFeatureList, tablesOf } from "./codec.ts";
import type { Regressor, RegressorEngine } from "./engine.ts";
import { type Feature, type Samples, trainable } from "./samples.ts";
import type { ForestOptions } from "./train-forest.ts";

/** With fewer rows a tree may leave none out, at which the library fails. */
const ROWS_TO_BAG = 20;

/** What is used of the library. */
interface LibraryForest {
  train(rows: number[][], targets: number[]): void;
  predict(rows: number[][]): number[];
  predictOOB(): number[];
  featureImportance(): number[];
  toJSON(): object;
}

/** The library throws where it has nothing to average, as for a row that no tree left out. */
class Library extends RandomForestRegression {
  override selection(values: number[]): number {
    return values.length > 0 ? super.selection(values) : Number.NaN;
  }
}

interface Parts {
  readonly features: readonly Feature[];
  readonly binning: Binning;
  readonly model: LibraryForest;
  /** Out-of-bag errors, ascending. */
  readonly errors: Float64Array;
}

/**
 * The library ml-random-forest behind the port of engines: a reference for tests and a second opinion. It draws features once a tree, not once a split,
 * knows neither missing values nor categories (it is given bins, where both are numbers) and no quantiles (out-of-bag errors around its mean stand in).
 */
export const mlRandomForest: RegressorEngine = {
  name: "ml-random-forest",
  train: (given, options) => {
    const samples = trainable(given);
    const binning = fitBinning(samples.features, samples.columns, samples.target);
    const columns = binColumns(binning, samples.columns);
    const rows = Array.from(samples.target, (_, row) => columns.map((column) => column[row] as number));
    const model = new Library(libraryOptions(samples, options)) as unknown as LibraryForest;
    model.train(rows, Array.from(samples.target));
    const mean = rows.length >= ROWS_TO_BAG ? Float64Array.from(model.predictOOB()) : new Float64Array(rows.length).fill(Number.NaN);
    const errors = samples.target.map((y, row) => y - (mean[row] as number)).filter(Number.isFinite);
    return {
      regressor: regressorOf({ features: samples.features, binning, model, errors: errors.sort() }),
      outOfBag: (probabilities) => ({
        mean,
        quantiles: probabilities.map((p) => mean.map((m) => m + quantileOf(errors, p))),
        excess: new Float64Array(mean.length),
      }),
      // Shares of the impurity decrease, the only importance it has.
      importance: () => Float64Array.from(model.featureImportance()),
    };
  },
  load: (bytes) => {
    const { header, blocks } = unpackBlocks(bytes);
    const { features, model } = (header ?? {}) as { features?: unknown; model?: object };
    if (!isFeatureList(features) || !model) throw invalid("its header is not of ml-random-forest");
    const errors = blockOf(blocks, 0, "Float64Array");
    return regressorOf({ features, binning: binningOf(features, blocks.slice(1)), model: load(model), errors });
  },
};

const load = (model: object): LibraryForest => {
  try {
    return RandomForestRegression.load(model as never) as unknown as LibraryForest;
  } catch (cause) {
    throw invalid(`ml-random-forest refuses it (${cause instanceof Error ? cause.message : cause})`);
  }
};

/** A number up to 1 would be read as a share of the features, so all of them are asked for by count; it draws them once a tree. */
const libraryOptions = ({ features, target }: Samples, { seed, trees = 100, minLeaf = 5, maxDepth = 64 }: ForestOptions): object => ({
  seed: seed | 0,
  nEstimators: trees,
  maxFeatures: features.length > 1 ? features.length : 1.0,
  replacement: false,
  useSampleBagging: target.length >= ROWS_TO_BAG,
  noOOB: false,
  treeOptions: { minNumSamples: Math.max(1, 2 * minLeaf - 1), maxDepth },
});

const regressorOf = (parts: Parts): Regressor => {
  const { features, binning, model, errors } = parts;
  const predict = (row: ArrayLike<number>): number =>
    model.predict([binning.map((bins, f) => binOf(bins, row[f] ?? Number.NaN))])[0] as number;
  const regressor: Regressor = {
    predict,
    quantiles: (row, probabilities) => {
      const mean = predict(row);
      return Float64Array.from(probabilities, (p) => mean + (errors.length > 0 ? quantileOf(errors, p) : 0));
    },
    refresh: () => regressor,
    save: () => packBlocks({ kind: "ml-random-forest", features, model: model.toJSON() }, [errors, ...tablesOf(binning)]),
  };
  return regressor;
};
