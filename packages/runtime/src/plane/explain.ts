import { BIT, type Grant, isTerminal } from "@qmoi/advanced-automation";
import { moduleRuns } from "@qmoi/master-automation";
import { extraLimiters } from "../acquire.ts";
import { orderText } from "../advice/standing-order.ts";
import type { Reason } from "../control-plane.ts";
import type { Engine } from "../engine.ts";
import type { AttemptItem } from "../items.ts";
import type { LimiterPart } from "../limiter-part.ts";
import type { RunEntry } from "../run-entry.ts";
import { taskState } from "./views.ts";

const seconds = (ms: number): string => `${Math.max(0, Math.ceil(ms / 1000))} s`;

/** Why a task is where it is: the reasons that hold now, and since when. */
export const reasonsOf = async (
  engine: Engine,
  entry: RunEntry,
  task: number,
  latest: AttemptItem | undefined,
): Promise<{ reasons: readonly Reason[]; since: number }> => {
  const { ports } = engine;
  const now = ports.clock.now();
  const state = taskState(entry, task, latest, now);
  const readyAt = entry.readyAt.get(task) ?? latest?.ra ?? entry.header.sa;
  const one = (reason: Reason, since: number) => ({ reasons: [reason], since });
  if (isTerminal(entry.state.bit(task)))
    return one({ kind: "ended", text: endedText(entry, task, latest) }, latest?.ea ?? entry.header.ea ?? entry.header.sa);
  if (state === "held")
    return one(
      { kind: "held", text: "Its effect must happen once and the last attempt's outcome is unknown: decide with `qmoi settle`." },
      latest?.ea ?? readyAt,
    );
  if (state === "running")
    return one({ kind: "running", text: latest ? `It runs on ${latest.w}.` : "Its instances run." }, latest?.sa ?? readyAt);
  if (entry.header.st === "paused") return one({ kind: "paused", text: "The run is paused: `qmoi resume` goes on." }, entry.header.sa);
  const control = await engine.readings.control(0);
  if (control && !moduleRuns(control, "advanced-automation")) {
    const what = control.mode === "stopped" ? "The system" : "The module advanced-automation";
    return one({ kind: "stopped", text: `${what} is stopped${control.reason ? `: ${control.reason}` : ""}.` }, control.at);
  }
  if (!ports.settings().enabled)
    return one(
      { kind: "stopped", text: "The module advanced-automation is not enabled in master_automation_config.json." },
      entry.header.sa,
    );
  if (state === "pending") return one(needsReason(entry, task), entry.header.sa);
  const retry = entry.retryOf(task);
  if (state === "waiting") {
    const kind = retry.tries > 0 ? "backoff" : "not-before";
    return one(
      { kind, text: `Not before ${new Date(retry.at).toISOString()} (in ${seconds(retry.at - now)}).`, until: retry.at },
      latest?.ea ?? readyAt,
    );
  }
  const reasons = await waitingReasons(engine, entry, task);
  return { reasons, since: engine.dispatcher.parked.get(`${entry.run}/${task}`)?.since ?? readyAt };
};

const endedText = (entry: RunEntry, task: number, latest: AttemptItem | undefined): string => {
  const bit = entry.state.bit(task);
  if (bit === BIT.skipped) return "It was skipped: its condition was false, or a need ended otherwise than asked for.";
  if (bit === BIT.cancelled) return "It was cancelled with its run.";
  if (bit === BIT.failed) return latest?.f ? `It failed: ${latest.f.message}` : "It failed before an attempt: see the dead letters.";
  return "It succeeded.";
};

const needsReason = (entry: RunEntry, task: number): Reason => {
  const open = (entry.state.locate(task).task.def.needs ?? [])
    .map((need) => (typeof need === "string" ? need : need.task))
    .filter((name) => !isTerminal(entry.state.bit(entry.graph.indexOf.get(name) ?? 0)));
  return {
    kind: "needs",
    text: `It needs ${open.length === 1 ? `"${open[0]}"` : `${open.length} tasks`} to end first.`,
    by: open.slice(0, 20),
  };
};

/** A task that could start: what holds it, by what is stored now. */
const waitingReasons = async (engine: Engine, entry: RunEntry, task: number): Promise<readonly Reason[]> => {
  const { limiters, host, ports } = engine;
  const { task: found } = entry.state.locate(task);
  const { concurrency, rate } = found.def;
  const keys = extraLimiters(entry, task);
  // Who answers may have met neither the task's limiters nor anybody's grants; who works on the run knows its pools by what is newest.
  if (engine.decider.runs.get(entry.run) !== entry) host.definePools(entry.graph.workflow);
  const parts = limiters.pool(found.pool, host.pool(found.pool));
  const keyed = concurrency ? [limiters.concurrency(keys.concurrency as string, concurrency.limit)] : [];
  await limiters.read([...keyed, ...parts]);
  const own = (grant: Grant): boolean => grant.run === entry.run && grant.task === task;
  // What was refused elsewhere gives its slots back a moment later.
  if (!engine.dispatcher.parked.has(`${entry.run}/${task}`) && parts.some((part) => part.live.some(own)))
    return [{ kind: "order", text: "It has its slots: it starts when a worker takes it." }];
  if (keyed.some((part) => part.free < 1))
    return [{ kind: "concurrency", text: `The concurrency key "${keys.concurrency}" is taken.`, by: takenBy(keyed) }];
  if (!parts.some((part) => part.free >= found.slots)) {
    const { slots } = host.pool(found.pool);
    const text = `All ${slots} slots of pool "${found.pool}" are taken, or too few for its ${found.slots}.`;
    return [{ kind: "pool", text, by: takenBy(parts) }, ...placeReason(engine, entry, found.pool)];
  }
  const wait = rate ? await limiters.rateWait(keys.rate as string, rate.limit, rate.per) : 0;
  if (wait > 0) return [{ kind: "rate", text: `The rate limit "${keys.rate}" has no token left.`, until: ports.clock.now() + wait }];
  if (!host.fits(entry.graph, found, entry.outOfMemory.get(task)))
    return [{ kind: "host", text: "The host has too little cpu, memory or disk left for what it reserves, or runs as much as it may." }];
  return [{ kind: "order", text: `It is next in order: it starts with the next grant. ${orderText(engine)}` }];
};

const takenBy = (parts: readonly LimiterPart[]): readonly string[] =>
  parts.flatMap((part) => part.live.map((grant) => `${grant.run}/${grant.task}`)).slice(0, 20);

/** Where its run stands among those that wait for the pool, and by which policy. */
const placeReason = (engine: Engine, entry: RunEntry, pool: string): readonly Reason[] => {
  const candidates = engine.dispatcher.standing(engine.ports.clock.now()).find((one) => one.pool === pool)?.candidates ?? [];
  const place = candidates.findIndex(({ demand }) => demand.run === entry.run);
  if (place < 0) return [];
  const before = candidates.slice(0, place).map(({ demand }) => demand.run);
  return [
    {
      kind: "order",
      text: `Its run stands at place ${place + 1} of ${candidates.length} for pool "${pool}". ${orderText(engine)}`,
      ...(before.length > 0 ? { by: before.slice(0, 20) } : {}),
    },
  ];
};
