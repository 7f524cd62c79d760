import { type Grant, quantile } from "@qmoi/advanced-automation";
import { drainForecast, type RunningAttempt } from "@qmoi/forecast";
import type { DrainEstimate, RunningWork } from "@qmoi/master-automation";
import { estimateDrain } from "@qmoi/master-automation/commands";
import type { Engine } from "../engine.ts";
import { ACTIVE_SHARDS, type AttemptItem, isEnded, keys } from "../items.ts";
import { loadRun } from "../run-loader.ts";
import { SKEW_MS } from "../settings.ts";

const AT_ONCE = 64;

export interface RunningAttempts {
  readonly running: readonly AttemptItem[];
  /** Those whose lease has ended. */
  readonly expired: number;
}

/** The attempts that run, by the live grants: whoever runs holds one. Strong reads. */
export const runningAttempts = async ({ limiters, ports }: Engine): Promise<RunningAttempts> => {
  const parts = [...limiters.all];
  await Promise.all(parts.map((part) => part.load()));
  const grants = new Map<string, Grant>();
  for (const part of parts) for (const grant of part.live) grants.set(`${grant.run}/${grant.task}/${grant.attempt}`, grant);
  const running: AttemptItem[] = [];
  const all = [...grants.values()];
  for (let from = 0; from < all.length; from += AT_ONCE) {
    const items = await Promise.all(
      all.slice(from, from + AT_ONCE).map(({ run, task, attempt }) => ports.table.get(keys.attempt(run, task, attempt))),
    );
    for (const item of items as readonly (AttemptItem | undefined)[]) if (item?.s === "running") running.push(item);
  }
  return { running, expired: running.filter((item) => item.le + SKEW_MS < ports.clock.now()).length };
};

export interface Impact {
  readonly running: number;
  /** Tasks of active runs that have not ended and don't run. */
  readonly queued: number;
  readonly runs: number;
  readonly drain: DrainEstimate;
}

/** What a stop of the task engine would reach. */
export const impactOf = async (engine: Engine): Promise<Impact> => {
  const { running } = await runningAttempts(engine);
  let [open, runs] = [0, 0];
  for (const run of await activeRuns(engine)) {
    const entry = engine.decider.runs.get(run) ?? (await loadRun(engine.ports, engine.definitions, run));
    if (!entry || isEnded(entry.header)) continue;
    runs++;
    open += entry.state.open;
  }
  return { running: running.length, queued: Math.max(0, open - running.length), runs, drain: await drainOf(engine, running) };
};

/** Every run that has not ended. */
export const activeRuns = async ({ ports }: Engine): Promise<readonly string[]> => {
  const found: string[] = [];
  for (let shard = 0; shard < ACTIVE_SHARDS; shard++) {
    for (let after: string | undefined; ; ) {
      const page = await ports.table.queryIndex({ index: 2, pk: keys.activeIndex(shard), ...(after === undefined ? {} : { after }) });
      found.push(...page.items.map(({ pk }) => pk.slice(2)));
      if (page.next === undefined) break;
      after = page.next;
    }
  }
  return found;
};

/** What is known of one running attempt. */
export type DrainWork = RunningWork & RunningAttempt;

const drainOf = async (engine: Engine, running: readonly AttemptItem[]): Promise<DrainEstimate> =>
  mergedDrain(await Promise.all(running.map((item) => workOf(engine, item))));

/** By forecasts where there are some, else by the statistics of types, and at most by time-outs. */
export const mergedDrain = (work: readonly DrainWork[]): DrainEstimate => {
  const horizon = drainForecast(work);
  const estimate = estimateDrain(work.map((one) => (one.forecast ? { ...one, median: one.forecast.point, p99: one.forecast.hi } : one)));
  if (!horizon) return estimate;
  const { point, lo, hi, coverageTarget: share, level, backtestError } = horizon;
  // What is only known by its type's statistics may take longer than all that is forecast.
  const others = estimateDrain(work.filter(({ forecast }) => !forecast)).expected;
  const likely = { lo: Math.max(lo, others), hi: Math.max(hi, others), share, level, backtestError };
  return { ...estimate, expected: Math.max(point, others), likely };
};

const workOf = async (engine: Engine, item: AttemptItem): Promise<DrainWork> => {
  const run = item.pk.split("#")[1] as string;
  const task = Number(item.sk.split("#")[0]);
  const entry = engine.decider.runs.get(run) ?? (await loadRun(engine.ports, engine.definitions, run));
  const found = entry && task < entry.state.size ? entry.state.locate(task).task : undefined;
  const seen = found && engine.statistics.runTimeOf(found.type);
  return {
    forecast: entry && found && engine.forecasts.seconds(entry.graph, found),
    elapsed: Math.max(0, engine.ports.clock.now() - item.sa) / 1000,
    timeout: Math.max(0, item.le - item.sa) / 1000,
    median: seen && quantile(seen, 0.5),
    p99: seen && quantile(seen, 0.99),
  };
};
