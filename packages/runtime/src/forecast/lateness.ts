import { sleep } from "@qmoi/core";
import type { Engine } from "../engine.ts";
import { isEnded } from "../items.ts";
import type { RunForecast } from "../plane/forecast-views.ts";
import { horizonOf } from "./run-horizon.ts";

type Status = "on time" | "may be late" | "will be late";
const keyOf = (run: string) => ({ pk: "LATE", sk: run });
/** What was said of a run that has ended long ago is forgotten. */
const KEPT_S = 7 * 86_400;
/** Runs looked at in one go, those with the earliest deadlines: each takes up to 100 ms. */
const MOST_RUNS = 50;

/** Follows the forecaster in force, tells who will be late by it, and notes how well it does. */
export const followForecasts = async (engine: Engine): Promise<void> => {
  await engine.forecasts.refresh();
  await alertLateness(engine);
  if (engine.learned.stored) await engine.learned.keep(engine);
};

/** Says of each active run with a deadline that it may or will miss it, and that it won't after all: once for each change, whoever looks. */
const alertLateness = async (engine: Engine): Promise<void> => {
  const { ports, decider } = engine;
  if (!engine.forecasts.model) return;
  const due = [...decider.runs.values()]
    .filter(({ header, graph }) => header.st === "running" && !isEnded(header) && graph.workflow.deadline !== undefined)
    .sort((a, b) => (a.demand?.deadlineAt ?? 0) - (b.demand?.deadlineAt ?? 0));
  for (const entry of due.slice(0, MOST_RUNS)) {
    const forecast = await horizonOf(engine, entry);
    await sleep(ports.clock, 0);
    if (!forecast) continue;
    const status = statusOf(forecast);
    const told = (await ports.table.get(keyOf(entry.run))) as { readonly is?: Status } | undefined;
    if (status === (told?.is ?? "on time")) continue;
    const now = ports.clock.now();
    await ports.table.put({ ...keyOf(entry.run), v: now, is: status, ttl: Math.floor(now / 1000) + KEPT_S });
    const { run, workflow } = entry.demand;
    ports.logger.log(status === "on time" ? "info" : "warn", forecast.says, {
      run,
      workflow,
      status,
      ...(forecast.late ? { lateSeconds: { lo: Math.round(forecast.late.lo), hi: Math.round(forecast.late.hi) } } : {}),
      level: forecast.level,
      backtestError: forecast.backtestError,
    });
  }
};

const statusOf = ({ late }: RunForecast): Status => (!late || late.hi <= 0 ? "on time" : late.lo > 0 ? "will be late" : "may be late");
