import { histogramForest } from "../forest/engine.ts";
import type { Outcome } from "../model/case.ts";
import type { QuantityModel } from "../model/quantity-model.ts";
import { trainQuantityModel } from "../model/train-quantity-model.ts";

/** A model of outcomes as `outcome` makes them, with one further feature. */
export const train = (outcomes: readonly Outcome[], trees: number): QuantityModel =>
  trainQuantityModel(outcomes, {
    levels: ["type", "program", "workflow", "global"],
    features: [{ name: "feature", kind: "numeric" }],
    engine: histogramForest,
    seed: 1,
    trees,
  }).model;
