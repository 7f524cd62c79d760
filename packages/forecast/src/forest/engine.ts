import { decodeForest, encodeForest } from "./codec.ts";
import type { Forest } from "./forest.ts";
import { type OutOfBag, outOfBag, permutationImportance } from "./out-of-bag.ts";
import { OWN_ENGINE } from "./own-engine.ts";
import { refreshForest } from "./refresh.ts";
import type { Samples } from "./samples.ts";
import { type ForestOptions, trainForest } from "./train-forest.ts";

/** A trained regression: answers for a row, which is an array of numbers by feature (NaN is missing). */
export interface Regressor {
  /** The expected target. */
  predict(row: ArrayLike<number>): number;
  /** Quantiles of the target at ascending probabilities. */
  quantiles(row: ArrayLike<number>, probabilities: ArrayLike<number>): Float64Array;
  /** Takes in further rows without learning anew; the same regressor if the engine can't. */
  refresh(samples: Samples): Regressor;
  save(): Uint8Array;
}

/** A regressor with what only its training knows. */
export interface Training {
  readonly regressor: Regressor;
  outOfBag(probabilities: readonly number[]): OutOfBag;
  /** By feature, in squared units of the target. */
  importance(): Float64Array;
}

/** Learns regressions: the port behind which algorithms are exchanged. */
export interface RegressorEngine {
  readonly name: string;
  train(samples: Samples, options: ForestOptions): Training;
  /** @throws ValidationError QMOI_INVALID_INPUT if the bytes are not of this engine */
  load(bytes: Uint8Array): Regressor;
}

const regressorOf = (forest: Forest): Regressor => ({
  predict: (row) => forest.predict(row),
  quantiles: (row, probabilities) => forest.quantiles(row, probabilities),
  refresh: (samples) => regressorOf(refreshForest(forest, samples)),
  save: () => encodeForest(forest),
});

/** QMOI's own histogram forest. */
export const histogramForest: RegressorEngine = {
  name: OWN_ENGINE,
  train: (samples, options) => {
    const trained = trainForest(samples, options);
    return {
      regressor: regressorOf(trained.forest),
      outOfBag: (probabilities) => outOfBag(trained, probabilities),
      importance: () => permutationImportance(trained),
    };
  },
  load: (bytes) => regressorOf(decodeForest(bytes)),
};
