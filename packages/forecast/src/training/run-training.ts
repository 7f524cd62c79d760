import { Forecaster } from "../forecaster.ts";
import type { RegressorEngine } from "../forest/engine.ts";
import type { TaskRecord } from "../task-features.ts";
import { type HeldBackScore, trainCandidate } from "./train-candidate.ts";

/** A training as it is sent to a thread or function: plain data. */
export interface TrainingJob {
  /** In the order of time. */
  readonly records: readonly TaskRecord[];
  /** Bytes of the forecaster in force. */
  readonly current?: Uint8Array;
  /** Name of the engine that trained it. */
  readonly currentEngine?: string;
  /** Name of the engine that learns. */
  readonly engine: string;
  readonly seed: number;
  readonly trees?: number;
}

/** What came of it; `bytes` only if the new forecaster is better than what is in force. */
export interface TrainingOutcome {
  readonly bytes?: Uint8Array;
  readonly score: HeldBackScore;
  readonly current?: HeldBackScore;
  readonly trained: number;
  readonly heldBack: number;
}

/**
 * Trains and judges; undefined where there is too little history.
 * @param engines by which to learn, and that may have trained what is in force
 * @throws ValidationError QMOI_INVALID_INPUT if the current forecaster can't be read; TypeError for an engine that is not among them
 */
export const runTraining = (job: TrainingJob, engines: readonly RegressorEngine[]): TrainingOutcome | undefined => {
  const { records, seed, trees } = job;
  const engine = engines.find(({ name }) => name === job.engine);
  if (!engine) throw new TypeError(`engine ${job.engine} is not among ${engines.map(({ name }) => name).join(", ")}`);
  const current = job.current && Forecaster.load(job.current, engines);
  const options = { seed, engine, ...(trees === undefined ? {} : { trees }) };
  const candidate = trainCandidate({ records, ...(current ? { current } : {}), options });
  if (!candidate) return undefined;
  const { forecaster, ...told } = candidate;
  return { ...told, ...(forecaster ? { bytes: forecaster.save() } : {}) };
};
