import type { Graph, GraphTask } from "@qmoi/advanced-automation";
import { hasCode } from "@qmoi/core";
import type { HeldBackScore, TrainingJob } from "@qmoi/forecast";
import type { Definitions } from "../definitions.ts";
import type { Ports, Trainer } from "../ports.ts";
import { dayOf, readDay } from "../statistics.ts";
import { forget, loadBytes, loadModel, type ModelPointer, noteTried, promote, readPointer } from "./model-store.ts";
import { readRecords } from "./read-records.ts";
import { featuresOf } from "./task-features.ts";

export interface TrainingParts {
  readonly ports: Pick<Ports, "table" | "blobs" | "clock" | "settings" | "logger" | "metrics">;
  readonly definitions: Definitions;
  readonly trainer: Trainer;
  /** Name of the engine that learns. */
  readonly engine: () => string;
  /** Whether what is to be in force can't be read. */
  readonly unreadable?: () => boolean;
  /** Whether what is in force no longer fits what comes. */
  readonly outdated?: () => boolean;
}

/** What a training came to. */
export interface TrainingReport {
  readonly result: "promoted" | "kept" | "not-due" | "too-little-history" | "overtaken";
  /** In a sentence. */
  readonly says: string;
  readonly score?: HeldBackScore;
  /** Of what was in force, on the same history. */
  readonly current?: HeldBackScore;
  readonly trained?: number;
  readonly heldBack?: number;
}

/** Records to learn from: bounds time (some 10 s on one core) and memory (some 200 MB). */
const MOST_RECORDS = 20_000;
/** First training; below it nothing is learned that a mean doesn't say. */
const LEAST_RECORDS = 25;
/** Tasks ended since, as a share of what was learned from, that make a training due, and their least number. */
const GROWTH = 0.2;
const LEAST_NEW = 50;
const DAY_MS = 86_400_000;

/** Trains if it is due, or if `force` says so, and puts the new forecaster in force if it beats the one that is, on held-back history. */
export const trainForecasts = async (
  parts: TrainingParts,
  { force = false }: { readonly force?: boolean } = {},
): Promise<TrainingReport> => {
  const { ports, definitions, trainer } = parts;
  const now = ports.clock.now();
  const pointer = await readPointer(ports);
  if (pointer) ports.metrics?.add("ForecastError", 100 * pointer.score.mdape);
  const today = await succeededOn(ports, dayOf(now));
  if (!force && !(await isDue(parts, pointer, now))) return { result: "not-due", says: "Too little has ended since the last training." };
  const model = pointer && (await loadModel(ports, pointer).catch(() => undefined));
  const since = now - ports.settings().historyDays * DAY_MS;
  const expected = (graph: Graph, task: number, attempt: number, startsAt: number): number | undefined =>
    model?.forecaster.predict(featuresOf(graph, graph.tasks[task] as GraphTask, { attempt, startsAt }))?.point;
  const records = await readRecords(ports, definitions, { limit: MOST_RECORDS, since, ...(model ? { expected } : {}) });
  const engine = parts.engine();
  // A forecaster that can't be read any more is as good as none.
  const current = model && (await loadBytes(ports, model.pointer));
  const job: TrainingJob = {
    records,
    engine,
    seed: (pointer?.n ?? 0) + 1,
    ...(current ? { current, currentEngine: model.pointer.engine } : {}),
  };
  const outcome = records.length < LEAST_RECORDS ? undefined : await trainer(job);
  if (!outcome) return { result: "too-little-history", says: `${records.length} ended tasks are too few to learn from.` };
  const { bytes, ...told } = outcome;
  try {
    if (!bytes) {
      if (pointer) await noteTried(ports, pointer, { engine, at: now, today });
      return { result: "kept", says: "What is in force forecasts the held-back history at least as well.", ...told };
    }
    const promoted = await promote(ports, pointer, { ...told, bytes }, { engine, at: now, today });
    await forget(ports, promoted);
    return { result: "promoted", says: `Forecaster ${promoted.n} is in force.`, ...told };
  } catch (error) {
    if (!hasCode(error, "QMOI_CONFLICT")) throw error;
    return { result: "overtaken", says: "Another training ended first.", ...told };
  }
};

const isDue = async (parts: TrainingParts, pointer: ModelPointer | undefined, now: number): Promise<boolean> => {
  const last = pointer?.tried ?? pointer;
  if ((last && last.engine !== parts.engine()) || parts.unreadable?.()) return true;
  const from = last?.at ?? now - parts.ports.settings().historyDays * DAY_MS;
  const grown = parts.outdated?.() ? LEAST_NEW : Math.max(LEAST_NEW, GROWTH * (pointer?.records ?? 0));
  const wanted = pointer ? grown : LEAST_RECORDS;
  let ended = -(last?.today ?? 0);
  for (let day = now; dayOf(day) >= dayOf(from) && ended < wanted; day -= DAY_MS) ended += await succeededOn(parts.ports, dayOf(day));
  return ended >= wanted;
};

const succeededOn = async (ports: Pick<Ports, "table">, day: string): Promise<number> => {
  let sum = 0;
  for await (const { stats } of readDay(ports, day)) sum += stats.succeeded;
  return sum;
};
