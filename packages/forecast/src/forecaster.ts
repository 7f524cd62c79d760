import { type Block, invalid, packBlocks, unpackBlocks } from "./codec/blocks.ts";
import { COVERAGE } from "./coverage.ts";
import { FanOuts, type SavedFanOuts } from "./fan-outs.ts";
import { type Forecast, forecastOf } from "./forecast.ts";
import type { Explanation, KnownSubject, TrainingDue, TypeProfile } from "./forecaster-answers.ts";
import { histogramForest, type RegressorEngine } from "./forest/engine.ts";
import { forestFeatures } from "./model/forest-row.ts";
import { latestByName } from "./model/keep-rows.ts";
import { decodeModel, encodeModel, MODEL_BLOCKS, type ModelHeader } from "./model/model-codec.ts";
import type { QuantityModel } from "./model/quantity-model.ts";
import type { SubjectEffect } from "./model/subject-effects.ts";
import { METHODS, type Method } from "./model/track.ts";
import { trainQuantityModel } from "./model/train-quantity-model.ts";
import {
  type CategoryCodes,
  categoryCodes,
  type Quantity,
  TASK_LEVELS,
  TASK_ROW,
  type TaskCategory,
  type TaskFeatures,
  type TaskRecord,
  taskCase,
  taskOutcome,
} from "./task-features.ts";

/** How to train; the same history, options and seed give the same forecaster. */
export interface ForecasterOptions {
  readonly seed: number;
  /** Default: QMOI's own forest. */
  readonly engine?: RegressorEngine;
  readonly trees?: number;
  readonly minLeaf?: number;
  /** Records to learn from, the latest of each type; bounds time and memory. Default 50,000. */
  readonly maxRecords?: number;
}

type Importance = readonly (readonly [string, number])[];

/** Subjects that an explanation names. */
const LONGEST = 5;
/** Names what the numbers mean, too: one with others would answer, but wrongly. */
const KIND = "forecaster 4";
const MAX_RECORDS = 50_000;
/** Growth of the history since training that makes a new one due. */
const GROWTH = 0.5;
/** Outcomes after which coverage and drift since training are believed. */
const BELIEVED = 200;
/** Coverage this far from its target makes a new training due. */
const COVERAGE_SLACK = 0.05;
/** Share of types that drifted since training that makes a new one due. */
const DRIFTED_SHARE = 0.1;

/** Forecasts run times and peak memory of tasks. It does no I/O: feed it records, save its bytes. */
export class Forecaster {
  readonly #models: Record<Quantity, QuantityModel>;
  readonly #engine: RegressorEngine;
  readonly #codes: CategoryCodes;
  readonly #importance: Record<Quantity, Importance>;
  readonly #trained: number;
  #fanOuts = new FanOuts();
  #observed = 0;

  private constructor(
    models: Record<Quantity, QuantityModel>,
    engine: RegressorEngine,
    codes: CategoryCodes,
    importance: Record<Quantity, Importance>,
    trained: number,
  ) {
    this.#models = models;
    this.#engine = engine;
    this.#codes = codes;
    this.#importance = importance;
    this.#trained = trained;
  }

  /** Learns from records in the order of time; none give a forecaster that only observes. */
  static train(history: readonly TaskRecord[], options: ForecasterOptions): Forecaster {
    const { engine = histogramForest, maxRecords = MAX_RECORDS } = options;
    const kept = latestByName(
      history.map(({ type }) => type),
      maxRecords,
    ).map((row) => history[row] as TaskRecord);
    const codes = categoryCodes(kept);
    const learn = (quantity: Quantity): { model: QuantityModel; importance: Importance } => {
      const outcomes = kept.map((record) => taskOutcome(record, quantity, codes)).filter(({ value }) => Number.isFinite(value));
      const shape = { levels: TASK_LEVELS, features: TASK_ROW, engine };
      const { model, training } = trainQuantityModel(outcomes, { ...options, ...shape });
      const names = forestFeatures(TASK_ROW).map(({ name }) => name);
      return { model, importance: Array.from(training?.importance() ?? [], (value, f) => [names[f] as string, value]) };
    };
    const runtime = learn("runtime");
    const memory = learn("memory");
    const models = { runtime: runtime.model, memory: memory.model };
    const forecaster = new Forecaster(models, engine, codes, { runtime: runtime.importance, memory: memory.importance }, kept.length);
    for (const record of history) forecaster.#count(record);
    return forecaster;
  }

  /** Seconds that a task will run; undefined while nothing is known of any task. */
  predict(task: TaskFeatures): Forecast | undefined {
    return this.#forecast(task, "runtime");
  }

  /** Peak memory of a task in bytes; see `memoryToReserve`. */
  predictMemory(task: TaskFeatures): Forecast | undefined {
    return this.#forecast(task, "memory");
  }

  /** Whether it is known of a type how long tasks take by what they work on. */
  knowsSubjects(type: string): boolean {
    return this.#models.runtime.subjects.all(type).size > 0;
  }

  /** How many times as long as other tasks of its type one takes by what it works on; 1 where nothing is known of that. */
  factorOf({ type, subject }: Pick<TaskFeatures, "type" | "subject">): number {
    return Math.exp(this.#models.runtime.subjects.of({ names: [type], subject })?.effect ?? 0);
  }

  /** How many instances a `forEach` had in its workflow's latest runs, ascending. */
  instances({ workflow = "", type }: Pick<TaskFeatures, "workflow" | "type">): readonly number[] {
    return this.#fanOuts.of(workflow, type);
  }

  /** Takes in how a task went: judges the forecast, then learns its values. */
  observe(record: TaskRecord): void {
    this.#observed++;
    this.#count(record);
    for (const quantity of ["runtime", "memory"] as const) {
      const outcome = taskOutcome(record, quantity, this.#codes);
      if (Number.isFinite(outcome.value)) this.#models[quantity].observe(outcome);
    }
  }

  /** Lets the forests' leaves follow what was observed since; their splits stay. */
  refresh(): void {
    for (const model of Object.values(this.#models)) model.refresh();
  }

  /** Whether what was observed since training asks for another one. */
  trainingDue(): TrainingDue {
    const model = this.#models.runtime;
    if (this.#trained === 0) return this.#observed > 0 ? { due: true, reason: "untrained" } : { due: false };
    if (this.#observed >= Math.max(BELIEVED, GROWTH * this.#trained)) return { due: true, reason: "grown" };
    if (this.#observed < BELIEVED) return { due: false };
    const tracks = [...(model.profiles[0]?.values() ?? [])].map(({ track }) => track);
    if (tracks.filter(({ drifts }) => drifts > 0).length > DRIFTED_SHARE * tracks.length) return { due: true, reason: "drift" };
    return Math.abs(this.coverage() - COVERAGE) > COVERAGE_SLACK ? { due: true, reason: "coverage" } : { due: false };
  }

  /** Share of the latest run times inside their intervals; NaN before any was observed. */
  coverage(): number {
    const tracks = this.#models.runtime.profiles.flatMap((profiles) => [...profiles.values()]).map(({ track }) => track);
    const watched = tracks.reduce((sum, track) => sum + track.watched, 0);
    return tracks.reduce((sum, track) => sum + track.inside, 0) / watched;
  }

  /** How the forecast of a task came about; undefined where there is none. */
  explain(task: TaskFeatures, quantity: Quantity = "runtime"): Explanation | undefined {
    const model = this.#models[quantity];
    const given = taskCase(task, quantity, this.#codes);
    const prediction = model.predict(given);
    if (!prediction) return undefined;
    const profile = model.profileAt(prediction.level, given);
    const known = prediction.level === 0 ? model.subjects.of(given) : undefined;
    const candidates = profile ? model.candidates(given, prediction.level, profile) : undefined;
    const shares =
      profile && candidates && prediction.state !== "drifted" ? model.shares(given, prediction.level, profile, candidates) : undefined;
    const offered = METHODS.flatMap((method) => {
      const candidate = candidates?.[method];
      if (!candidate || !profile) return [];
      const backtestError = Math.expm1(model.meanError(prediction.level, profile.track, method));
      const share = shares ? (shares.get(method) ?? 0) : +(method === prediction.method);
      return [{ method, point: Math.exp(candidate.point + (known?.effect ?? 0)), backtestError, share }];
    });
    const total = this.#importance[quantity].reduce((sum, [, value]) => sum + Math.max(0, value), 0);
    return {
      forecast: forecastOf(prediction, quantity),
      candidates: offered.sort((a, b) => b.share - a.share),
      ...(known && { subject: subjectOf([task.subject as string, known]) }),
      longest: [...model.subjects.all(task.type)]
        .sort(([, a], [, b]) => b.effect - a.effect)
        .slice(0, LONGEST)
        .map(subjectOf),
      importance: this.#importance[quantity]
        .map(([feature, value]) => ({ feature, share: total > 0 ? Math.max(0, value) / total : 0 }))
        .sort((a, b) => b.share - a.share),
    };
  }

  /** What is known of each type, by name. */
  types(): TypeProfile[] {
    const model = this.#models.runtime;
    return [...(model.profiles[0] ?? [])].map(([type, { history, track }]) => {
      const error = (method: Method): number => Math.expm1(model.meanError(0, track, method));
      const seen = model.subjects.seen(type) ?? history;
      const [low, median, high] = seen.quantiles([0.05, 0.5, 0.95]).map(Math.exp) as [number, number, number];
      const { coverage, widening, drifts } = track;
      const backtestError = Object.fromEntries(METHODS.map((method) => [method, error(method)])) as Record<Method, number>;
      return {
        type,
        observations: history.count,
        median,
        low,
        high,
        recent: seen.recent.map(Math.exp),
        backtestError,
        coverage,
        widening,
        drifts,
      };
    });
  }

  /** All of it as one buffer. */
  save(): Uint8Array {
    const { runtime, memory } = { runtime: encodeModel(this.#models.runtime), memory: encodeModel(this.#models.memory) };
    const header: Header = {
      kind: KIND,
      engine: this.#engine.name,
      trained: this.#trained,
      observed: this.#observed,
      codes: { program: [...this.#codes.program], workflow: [...this.#codes.workflow], machine: [...this.#codes.machine] },
      importance: this.#importance,
      models: { runtime: runtime.header, memory: memory.header },
      fanOuts: this.#fanOuts.save(),
    };
    return packBlocks(header, [...runtime.blocks, ...memory.blocks]);
  }

  /**
   * What `save` saved.
   * @param engines that may have trained it
   * @throws ValidationError QMOI_INVALID_INPUT
   */
  static load(bytes: Uint8Array, engines: readonly RegressorEngine[] = [histogramForest]): Forecaster {
    const { header: json, blocks } = unpackBlocks(bytes);
    const header = json as unknown as Header;
    if (header?.kind !== KIND) throw invalid("it is another kind of model");
    const engine = engines.find(({ name }) => name === header.engine);
    if (!engine) throw invalid(`it was trained by ${header.engine}, which is not offered`);
    const model = (quantity: Quantity, from: readonly Block[]): QuantityModel => decodeModel(header.models[quantity], from, engine);
    const models = { runtime: model("runtime", blocks.slice(0, MODEL_BLOCKS)), memory: model("memory", blocks.slice(MODEL_BLOCKS)) };
    const codes = {
      program: new Map(header.codes.program),
      workflow: new Map(header.codes.workflow),
      machine: new Map(header.codes.machine),
    };
    const forecaster = new Forecaster(models, engine, codes, header.importance, header.trained);
    forecaster.#observed = header.observed;
    forecaster.#fanOuts = new FanOuts(header.fanOuts);
    return forecaster;
  }

  #count({ workflow = "", type, run, instances }: TaskRecord): void {
    if (run !== undefined && instances !== undefined) this.#fanOuts.add(workflow, type, run, instances);
  }

  #forecast(task: TaskFeatures, quantity: Quantity): Forecast | undefined {
    const prediction = this.#models[quantity].predict(taskCase(task, quantity, this.#codes));
    return prediction && forecastOf(prediction, quantity);
  }
}

const subjectOf = ([subject, { effect, runs }]: readonly [string, SubjectEffect]): KnownSubject => ({
  subject,
  factor: Math.exp(effect),
  runs,
});

interface Header {
  readonly kind: typeof KIND;
  readonly engine: string;
  readonly trained: number;
  readonly observed: number;
  readonly codes: Record<TaskCategory, [string, number][]>;
  readonly importance: Record<Quantity, Importance>;
  readonly models: Record<Quantity, ModelHeader>;
  /** Absent in what was saved before it was counted. */
  readonly fanOuts?: SavedFanOuts;
}
