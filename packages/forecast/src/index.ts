export { decodeForest, encodeForest } from "./forest/codec.ts";
export { histogramForest, type Regressor, type RegressorEngine, type Training } from "./forest/engine.ts";
export { Forest } from "./forest/forest.ts";
export { type OutOfBag, outOfBag, outOfBagError, permutationImportance } from "./forest/out-of-bag.ts";
export { refreshForest } from "./forest/refresh.ts";
export type { Feature, Samples } from "./forest/samples.ts";
export { type ForestOptions, type TrainedForest, trainForest } from "./forest/train-forest.ts";
