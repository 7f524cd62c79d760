import { ValidationError } from "@qmoi/core";
import { histogramForest, type RegressorEngine } from "../forest/engine.ts";
import type { Outcome, Prediction } from "../model/case.ts";
import { trainQuantityModel } from "../model/train-quantity-model.ts";
import { categoryCodes, type Quantity, TASK_LEVELS, TASK_ROW, taskOutcome } from "../task-features.ts";
import { wfformatRecords } from "../wfformat.ts";
import { trainBaselines } from "./baselines.ts";
import { type Evaluation, Scoreboard } from "./evaluation.ts";

/** A parsed WfFormat document and what to call it. */
export interface WfformatInstance {
  readonly name: string;
  readonly document: unknown;
}

export interface WfformatOptions {
  readonly seed?: number;
  /** Default `runtime`. */
  readonly quantity?: Quantity;
  readonly engine?: RegressorEngine;
  readonly trees?: number;
  /** Told of every forecast and what came (logarithms), as for a plot. */
  readonly each?: (actual: number, prediction: Prediction) => void;
  /** Told before each instance. */
  readonly told?: (done: number, instances: number) => void;
}

/** Default number of trees: each instance takes a training of its own. */
const TREES = 50;

/**
 * Forecasts every task of each workflow execution from all other executions.
 * @throws ValidationError QMOI_INVALID_WFFORMAT for a document that is none, QMOI_INVALID_INPUT for fewer than two with measured tasks
 */
export const evaluateWfformat = (instances: readonly WfformatInstance[], options: WfformatOptions = {}): Evaluation => {
  const { seed = 1, quantity = "runtime", engine = histogramForest, trees = TREES, each, told } = options;
  const records = instances.map(({ name, document }) => wfformatRecords(document, name));
  const codes = categoryCodes(records.flat());
  const measured = records.map((tasks) =>
    tasks.map((task) => taskOutcome(task, quantity, codes)).filter(({ value }) => Number.isFinite(value)),
  );
  const usable = measured.filter((outcomes) => outcomes.length > 0);
  if (usable.length < 2)
    throw new ValidationError(
      "QMOI_INVALID_INPUT",
      `Leaving one instance out takes two with a measured ${quantity}; there are ${usable.length}.`,
    );
  const board = new Scoreboard();
  for (const [done, heldOut] of usable.entries()) {
    told?.(done, usable.length);
    scoreInstance(board, heldOut, usable.filter((other) => other !== heldOut).flat(), { seed, engine, trees }, each);
  }
  const missing = measured.length - usable.length;
  const notes = missing > 0 ? [`${missing} instances without a measured ${quantity} were left out.`] : [];
  return board.result(`each of ${usable.length} instances from all others`, notes);
};

const scoreInstance = (
  board: Scoreboard,
  heldOut: readonly Outcome[],
  others: readonly Outcome[],
  options: { seed: number; engine: RegressorEngine; trees: number },
  each: WfformatOptions["each"],
): void => {
  const { model } = trainQuantityModel(others, { ...options, levels: TASK_LEVELS, features: TASK_ROW, unordered: true });
  const baselines = trainBaselines(others);
  for (const outcome of heldOut) {
    const prediction = model.predict(outcome);
    if (!prediction) continue;
    each?.(outcome.value, prediction);
    board.add(outcome.value, prediction, TASK_LEVELS[prediction.level] ?? "declared", baselines(outcome));
  }
};
