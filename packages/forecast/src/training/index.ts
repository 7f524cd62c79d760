// Apart from the package's index: whoever learns in a function loads this when there is something to learn.
export { histogramForest } from "../forest/engine.ts";
export { Forest } from "../forest/forest.ts";
export { type OutOfBag, outOfBag, outOfBagError, permutationImportance } from "../forest/out-of-bag.ts";
export { type ForestOptions, type TrainedForest, trainForest } from "../forest/train-forest.ts";
export { runTraining } from "./run-training.ts";
export { trainCandidate } from "./train-candidate.ts";
