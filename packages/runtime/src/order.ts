import { estimateOf, type Graph, type GraphTask } from "@qmoi/advanced-automation";
import { isUntried, quantileOf, varianceOf } from "@qmoi/forecast";
import {
  ForecastWatch,
  forecastWorkflow,
  gainOfRanks,
  isPlayable,
  type OrderPolicy,
  type PlayableWorkflow,
  policyNamed,
  ranksPaid,
  ranksPay,
  type TaskOrder,
  UNKNOWN_VARIANCE,
  type WorkflowForecast,
  WorkflowRanks,
} from "@qmoi/intelligent-scheduler";
import type { Forecasts } from "./forecast/forecasts.ts";
import type { HostGate } from "./host-gate.ts";
import { runOf, secondsOf } from "./items.ts";
import type { Learned } from "./learned.ts";
import type { Ports } from "./ports.ts";
import type { FactorsOf, RunEntry } from "./run-entry.ts";
import { attemptsOf } from "./run-loader.ts";
import type { EngineSettings } from "./settings.ts";
import type { Statistics } from "./statistics.ts";

/** What is expected of one task, in seconds; its variance is of the logarithm. */
interface RunTime {
  readonly seconds: number;
  readonly variance: number;
  /** Nothing like it has ended before. */
  readonly untried: boolean;
}

/** What is predicted of a workflow's runs, by task number of its graph. */
export interface PredictedWorkflow {
  readonly work: WorkflowForecast;
  readonly ranks: WorkflowRanks;
  /** Whether tasks should go by their ranks. */
  readonly byRank: boolean;
  /** The workflow as it is played on pools of these sizes; absent where the order of its tasks makes no difference there, or it has too many. */
  readonly playable?: { readonly workflow: PlayableWorkflow; readonly sizes: readonly number[] };
}

/** What an engine has of it. */
export interface OrderParts {
  readonly ports: Ports;
  readonly learned: Pick<Learned, "trials">;
  readonly forecasts: Pick<Forecasts, "model" | "seconds" | "instances" | "factorsOf">;
  readonly statistics: Pick<Statistics, "medianOf">;
  readonly host: Pick<HostGate, "pool">;
}

/** What a run is known by when it has ended. */
type EndedRun = Pick<RunEntry, "graph" | "header" | "predicted" | "state">;

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** What was predicted last of a graph, and the numbers it follows from: shared by engines, of which some live for one event only. */
const latest = new WeakMap<Graph, { readonly from: readonly number[]; readonly predicted: PredictedWorkflow }>();

/**
 * What the order of work goes by: the policy in force, and what the engine expects of each workflow. That is the forecaster's answer, else the
 * median of what the task's type took lately, else what the user declared. It is derived once per workflow and hour, again when another
 * forecaster is in force, and where there is none once a minute.
 */
export class Order {
  readonly #parts: OrderParts;
  readonly #known = new WeakMap<Graph, { readonly as: string; readonly predicted: PredictedWorkflow }>();
  #policy: { readonly settings: EngineSettings; readonly as: string; readonly policy: OrderPolicy } | undefined;
  /** Whether the forecasts are worth going by. */
  readonly watch: ForecastWatch;

  constructor(parts: OrderParts) {
    this.#parts = parts;
    this.watch = new ForecastWatch(() => this.#configured());
  }

  /** As configured, or workflow FIFO while forecasts fail. */
  get policy(): OrderPolicy {
    return this.watch.policy;
  }

  /** What is predicted of a run that starts at `at` (ms). */
  of(graph: Graph, at: number): PredictedWorkflow {
    const { model } = this.#parts.forecasts;
    const as = model ? `${model.pointer.hash}/${Math.floor(at / HOUR_MS)}` : `${Math.floor(at / MINUTE_MS)}`;
    const known = this.#known.get(graph);
    const predicted = known?.as === as ? known.predicted : this.#predict(graph);
    if (predicted !== known?.predicted) this.#known.set(graph, { as, predicted });
    const byRank = ranksPaid(this.#gainsOf(graph, predicted), predicted.byRank);
    return byRank === predicted.byRank ? predicted : { ...predicted, byRank };
  }

  /** How many times as long as others of its `forEach` the instance for each item is predicted to take. */
  readonly factorsOf: FactorsOf = (graph, task, items) => this.#parts.forecasts.factorsOf(graph, task, items);

  /** What the order of the run's own tasks goes by. */
  taskOrderOf({ graph, predicted, instances }: Pick<RunEntry, "graph" | "predicted" | "instances">): TaskOrder {
    return {
      instances: instances.any,
      byRank: predicted?.byRank ?? false,
      played: predicted?.playable !== undefined,
      gains: this.#gainsOf(graph, predicted),
    };
  }

  /**
   * A run has ended: what its tasks took tells whether ranks pay for the next ones. Reads its attempts and plays it twice, once a minute at most
   * for each workflow; what can't be read is done without.
   */
  async ended({ graph, header, predicted, state }: EndedRun): Promise<void> {
    const { learned, ports } = this.#parts;
    const { name } = graph.workflow;
    if (!predicted?.playable || header.st !== "succeeded" || state.expansions.length > 0) return;
    if (!learned.trials.begin(name, ports.clock.now())) return;
    const { workflow, sizes } = predicted.playable;
    try {
      const seconds = new Float64Array(state.size);
      for await (const { task, item } of attemptsOf(ports, header, state.size)) if (item.s === "succeeded") seconds[task] = secondsOf(item);
      learned.trials.add(name, sizes, gainOfRanks(workflow, predicted.work, sizes, seconds));
    } catch (error) {
      ports.logger.log("warn", "a run that has ended is not played", { run: runOf(header.pk), error });
    }
  }

  /** The same object as long as the settings say the same: queues sort anew for another one. */
  #configured(): OrderPolicy {
    const settings = this.#parts.ports.settings();
    if (settings === this.#policy?.settings) return this.#policy.policy;
    const as = JSON.stringify([settings.policy, settings.tuning]);
    const policy = as === this.#policy?.as ? this.#policy.policy : policyNamed(settings.policy, settings.tuning);
    this.#policy = { settings, as, policy };
    return policy;
  }

  /** What ranks gained in the latest runs of the workflow that were played. */
  #gainsOf(graph: Graph, predicted: PredictedWorkflow | undefined): readonly number[] {
    return predicted?.playable ? this.#parts.learned.trials.of(graph.workflow.name, predicted.playable.sizes) : [];
  }

  /** By the forecast alone, whatever runs of the workflow have gained. */
  #predict(graph: Graph): PredictedWorkflow {
    const times = graph.tasks.map((task) => this.#runTime(graph, task));
    const [seconds, variances] = [times.map((time) => time.seconds), times.map((time) => time.variance)];
    const untried = times.map((time) => time.untried);
    const names = [...new Set(graph.tasks.map(({ pool }) => pool))];
    const room = names.map((pool) => this.#parts.host.pool(pool).slots);
    const counts = graph.tasks.map((task) => this.#instances(graph, task));
    const from = [...seconds, ...variances, ...untried.map(Number), ...counts, ...room];
    const known = latest.get(graph);
    if (known?.from.every((number, n) => number === from[n])) return known.predicted;
    const slots = Int32Array.from(graph.tasks, (task) => task.slots);
    const kinds = graph.tasks.map(({ type }) => type);
    const work = forecastWorkflow(graph, seconds, { slots, counts, variances, untried, kinds });
    const ranks = known?.predicted.ranks ?? ranksOf(graph);
    const pools = Int32Array.from(graph.tasks, ({ pool }) => names.indexOf(pool));
    const workflow = { name: graph.workflow.name, ranks, slots, pools };
    const playable = isPlayable(workflow, room) ? { workflow, sizes: room } : undefined;
    const predicted = { work, ranks, byRank: ranksPay(workflow, work, room), ...(playable ? { playable } : {}) };
    latest.set(graph, { from, predicted });
    return predicted;
  }

  /** How many tasks it will turn into; one where nothing is known. */
  #instances(graph: Graph, task: GraphTask): number {
    const known = this.#parts.forecasts.instances(graph, task);
    return known.length === 0 ? 1 : quantileOf(known, 0.5);
  }

  #runTime(graph: Graph, task: GraphTask): RunTime {
    const { forecasts, statistics } = this.#parts;
    const forecast = forecasts.seconds(graph, task);
    if (forecast) return { seconds: forecast.point, variance: varianceOf(forecast), untried: isUntried(forecast) };
    return { seconds: statistics.medianOf(task.type) ?? estimateOf(task.def), variance: UNKNOWN_VARIANCE, untried: false };
  }
}

const ranksOf = (graph: Graph): WorkflowRanks =>
  new WorkflowRanks(graph, { priorities: graph.tasks.map(({ priority }) => priority), declared: graph.rank });
