import type { Config } from "@qmoi/config";
import { OWN_ENGINE } from "@qmoi/forecast";

/** Name of the engine that learns forecasts, as the configuration chooses it. */
export const trainingEngine = ({ algorithm }: Pick<Config, "algorithm">): string =>
  algorithm.forecasts.engine === "forest" ? OWN_ENGINE : algorithm.forecasts.engine;
