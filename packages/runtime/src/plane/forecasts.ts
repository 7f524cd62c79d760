import type { Graph, GraphTask } from "@qmoi/advanced-automation";
import { NotFoundError, type Page, QmoiError } from "@qmoi/core";
import { type Forecaster, quantileOf } from "@qmoi/forecast";
import type { PageRequest } from "../control-plane.ts";
import type { Engine } from "../engine.ts";
import { featuresOf } from "../forecast/task-features.ts";
import { type TrainingReport, trainForecasts } from "../forecast/training.ts";
import { listHeads } from "../workflows.ts";
import type { ForecastPlane, ForecastTypeView, TaskForecastView } from "./forecast-views.ts";

const MOST_PER_PAGE = 1000;

/** What people ask of forecasts, on one engine. */
export const forecastPlane = (engine: Engine): ForecastPlane => {
  let training: Promise<TrainingReport> | undefined;
  const current = async (): Promise<Forecaster> => {
    const { forecasts } = engine;
    await forecasts.refresh();
    if (!forecasts.model)
      throw new NotFoundError("Nothing was learned yet: there is too little history, or no training has run.", {
        remedy: "Let some runs end, then `qmoi forecast train`.",
      });
    return forecasts.model.forecaster;
  };
  return {
    forecaster: async () => {
      await engine.forecasts.refresh();
      const { model } = engine.forecasts;
      if (!model) return { types: 0 };
      const { n, at, engine: name, records, heldBack, hash, score, before } = model.pointer;
      const coverage = model.forecaster.coverage();
      const { reason } = model.forecaster.trainingDue();
      return {
        model: { n, at, engine: name, records, heldBack, hash, score, ...(before ? { before } : {}) },
        ...(Number.isNaN(coverage) ? {} : { coverage }),
        ...(reason === undefined ? {} : { due: reason }),
        types: model.forecaster.types().length,
      };
    },
    forecastTypes: async (request = {}) => typesPage(await current(), request),
    explainForecast: async (task) => explain(engine, await current(), task),
    trainForecasts: (request) => {
      const { training: by } = engine.ports;
      if (!by)
        throw new QmoiError("QMOI_TARGET_UNAVAILABLE", "Forecasts can't be trained here.", {
          remedy: "Train where the module intelligent-scheduler runs.",
        });
      const { ports, definitions } = engine;
      // One at a time: whoever asks meanwhile gets that one's answer.
      const { forecasts } = engine;
      const parts = { ports, definitions, ...by, unreadable: () => forecasts.unreadable, outdated: () => forecasts.outdated };
      training ??= Promise.all([engine.statistics.flush(), forecasts.refresh()])
        .then(() => trainForecasts(parts, request))
        .then(async (report) => {
          if (report.result === "promoted" || report.result === "overtaken") await engine.forecasts.refresh();
          return report;
        })
        .finally(() => {
          training = undefined;
        });
      return training;
    },
  };
};

const typesPage = (forecaster: Forecaster, { limit = MOST_PER_PAGE, after }: PageRequest): Page<ForecastTypeView> => {
  const all = forecaster
    .types()
    .filter(({ type }) => after === undefined || type > after)
    .sort((a, b) => (a.type < b.type ? -1 : 1));
  const items = all.slice(0, limit).flatMap((profile) => {
    const seconds = forecaster.predict({ type: profile.type });
    if (!seconds) return [];
    return [{ ...profile, seconds, relativeWidth: relativeWidth(seconds, profile) }];
  });
  const last = all[limit - 1];
  return all.length > limit && last ? { items, next: last.type } : { items };
};

/** Run times nearer to each other than this are taken as equal: what is a tenth longer delays nobody, and a width relative to nothing says nothing. */
const LEAST_WIDTH = Math.log(1.1);

/** The width of an interval over that of what was seen, on the logarithm. */
export const relativeWidth = ({ lo, hi }: { lo: number; hi: number }, seen: { low: number; high: number }): number =>
  Math.max(LEAST_WIDTH, Math.log(hi / lo)) / Math.max(LEAST_WIDTH, Math.log(seen.high / seen.low));

const explain = async (engine: Engine, forecaster: Forecaster, name: string): Promise<TaskForecastView> => {
  const found = await findTask(engine, name);
  if (found) {
    const { graph, task } = found;
    const features = featuresOf(graph, task, { startsAt: engine.ports.clock.now() });
    const seconds = forecaster.explain(features);
    const memory = forecaster.explain(features, "memory");
    const timeoutMs = engine.forecasts.timeoutMs(graph, task);
    const reserved = engine.host.needs(graph, task).memory;
    if (!seconds) throw unknown(name);
    return {
      workflow: graph.workflow.name,
      task: task.name,
      type: task.type,
      seconds,
      ...(memory ? { memory } : {}),
      ...instancesOf(engine.forecasts.instances(graph, task)),
      ...(timeoutMs === undefined ? {} : { timeoutSeconds: timeoutMs / 1000 }),
      ...(reserved > 0 ? { reservedBytes: reserved } : {}),
    };
  }
  if (!forecaster.types().some(({ type }) => type === name)) throw unknown(name);
  const seconds = forecaster.explain({ type: name });
  const memory = forecaster.explain({ type: name }, "memory");
  if (!seconds) throw unknown(name);
  return { type: name, seconds, ...(memory ? { memory } : {}) };
};

const instancesOf = (seen: readonly number[]): Pick<TaskForecastView, "instances"> => {
  if (seen.length === 0) return {};
  return { instances: { point: quantileOf(seen, 0.5), lo: quantileOf(seen, 0.05), hi: quantileOf(seen, 0.95), runs: seen.length } };
};

const unknown = (name: string): NotFoundError =>
  new NotFoundError(`There is no task or type "${name}".`, {
    remedy: "Name a task as workflow/task, or a type that `qmoi forecast show` lists.",
  });

/** A task of a workflow's latest version: by `workflow/task`, else by its name in the first workflow that has one. */
const findTask = async ({ ports, definitions }: Engine, name: string): Promise<{ graph: Graph; task: GraphTask } | undefined> => {
  for await (const head of listHeads(ports)) {
    const own = name.startsWith(`${head.sk}/`) ? name.slice(head.sk.length + 1) : name;
    const graph = await definitions.graph(head.ver);
    const index = graph.indexOf.get(own);
    if (index !== undefined && (own !== name || !name.includes("/"))) return { graph, task: graph.tasks[index] as GraphTask };
  }
  return undefined;
};
