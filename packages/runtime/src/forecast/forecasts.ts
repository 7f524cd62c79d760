import type { Graph, GraphTask } from "@qmoi/advanced-automation";
import type { Json } from "@qmoi/core";
import { type Forecast, type MemoryRequest, memoryToReserve, type TaskRecord } from "@qmoi/forecast";
import { type AttemptItem, attemptOf } from "../items.ts";
import type { KnownTask, Learned } from "../learned.ts";
import type { Ports } from "../ports.ts";
import type { RunEntry } from "../run-entry.ts";
import { loadModel, type Model, readPointer } from "./model-store.ts";
import { featuresOf, type Moment, subjectOf } from "./task-features.ts";

/** How long a forecast of a task, as it is asked for all the time, is used again: its hour and weekday change slowly. */
const REMEMBERED_MS = 300_000;
/** Outcomes taken in at a time (some 10 ms), the pause between, and how many wait at most: the latest ones. */
const AT_ONCE = 20;
const PAUSE_MS = 200;
const WAITING = 1_000;
/** A learned timeout: this many times the upper bound of the run time, and no less than a minute. */
const TIMEOUT_FACTOR = 10;
const TIMEOUT_FLOOR_MS = 60_000;

/**
 * The forecaster in force, in this process: loaded once, exchanged when another is promoted, and told of what ends here. Without one it says
 * nothing, and the engine does as without forecasts. It never trains.
 */
export class Forecasts {
  readonly #ports: Ports;
  readonly #learned: Pick<Learned, "model" | "tasks">;
  #waiting: TaskRecord[] = [];
  #unreadable = false;
  #timer: (() => void) | undefined;
  #closed = false;

  constructor(ports: Ports, learned: Pick<Learned, "model" | "tasks">) {
    this.#ports = ports;
    this.#learned = learned;
  }

  /** What is in force; undefined before the first training. */
  get model(): Model | undefined {
    return this.#learned.model;
  }

  /** Follows the pointer: reads one item, and the forecaster only if it is another one. What can't be loaded leaves the one in force there. */
  async refresh(): Promise<void> {
    const pointer = await readPointer(this.#ports);
    if (!pointer || pointer.hash === this.model?.pointer.hash) return;
    this.#unreadable = true;
    try {
      this.#learned.model = await loadModel(this.#ports, pointer);
      this.#unreadable = false;
      this.#ports.logger.log("info", "forecaster loaded", {
        forecaster: pointer.n,
        records: pointer.records,
        coverage: pointer.score.coverage,
      });
    } catch (error) {
      this.#ports.logger.log("warn", "forecaster not loaded", { blob: pointer.blob, error });
    }
  }

  /** Seconds that a task will run, with interval, level and backtest error. */
  seconds(graph: Graph, task: GraphTask, moment?: Moment): Forecast | undefined {
    if (!moment) return this.#recall(graph, task)?.seconds;
    return this.model?.forecaster.predict(featuresOf(graph, task, { startsAt: this.#ports.clock.now(), ...moment }));
  }

  /** How many times as long as others of its `forEach` the instance for each item takes, 1 where nothing is known of it; undefined where of none. */
  factorsOf(graph: Graph, task: GraphTask, items: readonly Json[]): Float64Array | undefined {
    const forecaster = this.model?.forecaster;
    if (!forecaster?.knowsSubjects(task.type)) return undefined;
    return Float64Array.from(items, (item) => forecaster.factorOf({ type: task.type, subject: subjectOf(graph, task, item) }));
  }

  /** How many instances a `forEach` had in the latest runs, ascending; none of a task that is none, or where nothing is known. */
  instances(graph: Graph, task: GraphTask): readonly number[] {
    return (task.def.forEach && this.model?.forecaster.instances({ workflow: graph.workflow.name, type: task.type })) || [];
  }

  /** Bytes that a task will need at its peak. */
  bytes(graph: Graph, task: GraphTask): Forecast | undefined {
    return this.#recall(graph, task)?.memory;
  }

  /** Bytes to reserve for a task that declares how much it needs at most, or nothing; undefined where nothing is known. */
  memory(graph: Graph, task: GraphTask, request: MemoryRequest): number | undefined {
    const forecast = this.#recall(graph, task)?.memory;
    return memoryToReserve(forecast?.level === "type" ? forecast : undefined, request);
  }

  /**
   * A timeout that is learned: ten times the upper bound of what the task's own type took, at least a minute, and no less than what was learned
   * another way (`other`): too short a timeout kills work. In ms.
   */
  timeoutMs(graph: Graph, task: GraphTask, other?: number): number | undefined {
    const forecast = this.#recall(graph, task)?.seconds;
    if (forecast?.level !== "type") return other;
    return Math.max(TIMEOUT_FLOOR_MS, TIMEOUT_FACTOR * 1000 * forecast.hi, other ?? 0);
  }

  /** Takes in how an attempt went, a little later and in small portions: it costs more than deciding does. */
  observe(entry: RunEntry, task: number, item: AttemptItem): void {
    if (!this.model || item.s !== "succeeded" || item.ea === undefined || item.w === "person") return;
    const { task: found } = entry.state.locate(task);
    const instances = entry.state.expansions.find(({ offset, count }) => task >= offset && task < offset + count)?.count;
    const peak = item.u?.peakMemoryBytes;
    this.#waiting.push({
      ...featuresOf(entry.graph, found, { attempt: attemptOf(item)?.attempt ?? 1, startsAt: item.sa, item: entry.itemOf(task) }),
      seconds: (item.ea - item.sa) / 1000,
      run: entry.run,
      ...(instances === undefined ? {} : { instances }),
      ...(peak === undefined ? {} : { peakMemoryBytes: peak }),
    });
    if (this.#waiting.length > WAITING) this.#waiting.shift();
    if (!this.#closed) this.#timer ??= this.#ports.clock.after(PAUSE_MS, () => this.#learn());
  }

  /** Whether the one that is to be in force can't be read, as after an update that made them anew. */
  get unreadable(): boolean {
    return this.#unreadable;
  }

  /** Whether what has come since asks for another training. */
  get outdated(): boolean {
    const due = this.model?.forecaster.trainingDue();
    return due?.reason === "drift" || due?.reason === "coverage";
  }

  close(): void {
    this.#closed = true;
    this.#timer?.();
    this.#timer = undefined;
  }

  #learn(): void {
    this.#timer = undefined;
    for (const record of this.#waiting.splice(0, AT_ONCE)) this.model?.forecaster.observe(record);
    if (this.#waiting.length > 0 && !this.#closed) this.#timer = this.#ports.clock.after(PAUSE_MS, () => this.#learn());
  }

  #recall(graph: Graph, task: GraphTask): KnownTask | undefined {
    const { model } = this;
    if (!model) return undefined;
    const known = this.#learned.tasks.get(task);
    const now = this.#ports.clock.now();
    if (known && known.model === model && now - known.at < REMEMBERED_MS && now >= known.at) return known;
    const features = featuresOf(graph, task, { startsAt: now });
    const { forecaster } = model;
    const fresh = { model, at: now, seconds: forecaster.predict(features), memory: forecaster.predictMemory(features) };
    this.#learned.tasks.set(task, fresh);
    return fresh;
  }
}
