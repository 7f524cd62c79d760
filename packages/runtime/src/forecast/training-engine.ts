import type { Config } from "@qmoi/config";
import { histogramForest } from "@qmoi/forecast";

/** Name of the engine that learns forecasts, as the configuration chooses it. */
export const trainingEngine = ({ algorithm }: Pick<Config, "algorithm">): string =>
  algorithm.forecasts.engine === "forest" ? histogramForest.name : algorithm.forecasts.engine;
