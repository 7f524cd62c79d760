// Apart from the package's index: whoever has a stored forecaster loads this with it.
export { Forecaster } from "./forecaster.ts";
export { histogramForest } from "./forest/engine.ts";
export { libraryModels } from "./forest/library-forest.ts";
