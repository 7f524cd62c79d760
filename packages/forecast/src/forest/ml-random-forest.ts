import { RandomForestRegression } from "ml-random-forest";
import { quantileOf } from "../stats/quantile.ts";
import { binColumns, fitBinning } from "./binning.ts";
import type { RegressorEngine } from "./engine.ts";
import { type LibraryForest, libraryModels, libraryRegressor } from "./library-forest.ts";
import { type Samples, trainable } from "./samples.ts";
import type { ForestOptions } from "./train-forest.ts";

/** With fewer rows a tree may leave none out, at which the library fails. */
const ROWS_TO_BAG = 20;

/** What is used of the library. */
interface Learner {
  train(rows: number[][], targets: number[]): void;
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

/**
 * The library ml-random-forest behind the port of engines: a reference for tests and a second opinion. It draws features once a tree, not once a split,
 * knows neither missing values nor categories (it is given bins, where both are numbers) and no quantiles (out-of-bag errors around its mean stand in).
 */
export const mlRandomForest: RegressorEngine = {
  name: libraryModels.name,
  train: (given, options) => {
    const samples = trainable(given);
    const binning = fitBinning(samples.features, samples.columns, samples.target);
    const columns = binColumns(binning, samples.columns);
    const rows = Array.from(samples.target, (_, row) => columns.map((column) => column[row] as number));
    const model = new Library(libraryOptions(samples, options)) as unknown as Learner;
    model.train(rows, Array.from(samples.target));
    const mean = rows.length >= ROWS_TO_BAG ? Float64Array.from(model.predictOOB()) : new Float64Array(rows.length).fill(Number.NaN);
    const errors = samples.target.map((y, row) => y - (mean[row] as number)).filter(Number.isFinite);
    return {
      regressor: libraryRegressor({ features: samples.features, binning, forest: asJson(model), errors: errors.sort() }),
      outOfBag: (probabilities) => ({
        mean,
        quantiles: probabilities.map((p) => mean.map((m) => m + quantileOf(errors, p))),
        excess: new Float64Array(mean.length),
      }),
      // Shares of the impurity decrease, the only importance it has.
      importance: () => Float64Array.from(model.featureImportance()),
    };
  },
  load: libraryModels.load,
};

const asJson = (model: Learner): LibraryForest => JSON.parse(JSON.stringify(model.toJSON()));

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
