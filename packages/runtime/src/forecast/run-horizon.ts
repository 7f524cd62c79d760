import { BIT, instancesOf, isTerminal, needsOf } from "@qmoi/advanced-automation";
import { sha256 } from "@qmoi/core";
import { type Horizon, type OpenTask, runForecast } from "@qmoi/forecast";
import type { Engine } from "../engine.ts";
import { isEnded } from "../items.ts";
import { poolLimiter } from "../limiters.ts";
import type { RunForecast } from "../plane/forecast-views.ts";
import type { RunEntry } from "../run-entry.ts";
import { attemptsOf } from "../run-loader.ts";
import { parentRatioOf } from "./read-records.ts";

/** A run's forecast is used again for so long, but not once the run may have ended by it: that it hasn't is news. */
const REMEMBERED_MS = 5_000;
/** 31 December 9999: later moments have no ISO date of four digits. */
const LATEST = 253_402_300_799_999;
/** Larger runs are not played: it would take longer than people wait. */
const MOST_TASKS = 50_000;

const remembered = new WeakMap<RunEntry, { readonly at: number; readonly forecast: RunForecast | undefined }>();

/**
 * When an active run will have ended, if the other runs keep the slots that they have now. Undefined where nothing was learned yet, or where it
 * depends on a person: the run is paused, or a task is held.
 */
export const horizonOf = async (engine: Engine, entry: RunEntry): Promise<RunForecast | undefined> => {
  const { forecasts, ports } = engine;
  const open = entry.header.st === "running" && !isEnded(entry.header) && entry.state.size <= MOST_TASKS;
  if (!forecasts.model || !open) return undefined;
  const now = ports.clock.now();
  const known = remembered.get(entry);
  const until = Math.min((known?.at ?? 0) + REMEMBERED_MS, known?.forecast?.endsAt.lo ?? Number.POSITIVE_INFINITY);
  if (known && now < until && now >= known.at) return known.forecast && since(known.forecast, now - known.at);
  // Read for this answer alone: it has no place in the order of work yet.
  if (!entry.work) entry.predict(engine.order.of(entry.graph, entry.header.sa), engine.order.factorsOf);
  const forecast = await play(engine, entry, now);
  remembered.set(entry, { at: now, forecast });
  return forecast;
};

/** A forecast as it reads some ms later: the run ends when it ends, and less of it is left. */
const since = (forecast: RunForecast, ms: number): RunForecast => {
  const left = (seconds: number): number => Math.max(0, seconds - ms / 1000);
  const { point, lo, hi, endsAt, deadlineAt } = forecast;
  return told({ ...forecast, point: left(point), lo: left(lo), hi: left(hi) }, endsAt, deadlineAt);
};

/** A horizon with its moments, and in words. */
const told = (horizon: Horizon, endsAt: RunForecast["endsAt"], deadlineAt: number | undefined): RunForecast => {
  const late = deadlineAt === undefined ? undefined : { lo: (endsAt.lo - deadlineAt) / 1000, hi: (endsAt.hi - deadlineAt) / 1000 };
  return {
    ...horizon,
    endsAt,
    ...(deadlineAt === undefined ? {} : { deadlineAt }),
    ...(late && late.hi > 0 ? { late } : {}),
    says: saysOf(horizon, late),
  };
};

const play = async (engine: Engine, entry: RunEntry, now: number): Promise<RunForecast | undefined> => {
  const tasks = await openTasks(engine, entry, now);
  if (!tasks) return undefined;
  const slots = new Map([...new Set(tasks.map(({ pool }) => pool))].map((pool) => [pool, slotsFor(engine, entry, pool)]));
  const horizon = runForecast(tasks, slots, Number.parseInt(sha256(entry.run).slice(0, 8), 16));
  if (!horizon) return undefined;
  const at = (seconds: number): number => Math.min(LATEST, Math.round(now + 1000 * seconds));
  const endsAt = { point: at(horizon.point), lo: at(horizon.lo), hi: at(horizon.hi) };
  return told(horizon, endsAt, entry.demand.deadlineAt);
};

/** Slots that a run may take of a pool: all that no other run holds now, at least one. */
const slotsFor = (engine: Engine, entry: RunEntry, pool: string): number => {
  const grants = engine.limiters.named(poolLimiter(pool)).flatMap((part) => [...part.live]);
  const others = grants.filter(({ run }) => run !== entry.run).reduce((sum, { slots }) => sum + slots, 0);
  return Math.max(1, engine.host.pool(pool).slots - others);
};

/** The tasks that have not ended; undefined if one waits for a person. */
const openTasks = async (engine: Engine, entry: RunEntry, now: number): Promise<OpenTask[] | undefined> => {
  const { state, graph } = entry;
  const { forecasts, ports } = engine;
  const { factor } = entry.instances;
  const runningSince = new Map<number, number>();
  const ratios = new Map<number, number[]>();
  for await (const { task, item } of attemptsOf(ports, entry.header, state.size)) {
    if (item.s === "running") runningSince.set(task, item.sa);
    const found = state.locate(task).task;
    const expected = item.s === "succeeded" ? forecasts.seconds(graph, found)?.point : undefined;
    if (expected !== undefined && item.ea !== undefined)
      ratios.set(found.index, [...(ratios.get(found.index) ?? []), (item.ea - item.sa) / 1000 / expected / factor(task)]);
  }
  const open: number[] = [];
  for (let task = 0; task < state.size; task++) {
    if (state.bit(task) === BIT.held) return undefined;
    if (!isTerminal(state.bit(task)) && state.bit(task) !== BIT.expanded) open.push(task);
  }
  const indexOf = new Map(open.map((task, i) => [task, i]));
  const instances = instancesOf(state.expansions);
  return open.map((task): OpenTask => {
    const found = state.locate(task).task;
    const since = runningSince.get(task);
    const parentRatio = parentRatioOf(graph, found.index, ratios);
    const retry = entry.retryOf(task);
    // Of its own is what an instance takes that is told apart from the others of its list.
    const item = factor(task) === 1 ? undefined : entry.itemOf(task);
    const moment = { attempt: retry.next, startsAt: now, item, ...(parentRatio === undefined ? {} : { parentRatio }) };
    const forecast = forecasts.seconds(graph, found, parentRatio === undefined && item === undefined ? undefined : moment);
    return {
      forecast,
      kind: found.type,
      pool: found.pool,
      slots: found.slots,
      rank: entry.ranked.rank(task),
      copies: task < graph.tasks.length ? forecasts.instances(graph, found) : [],
      // An instance waits for nothing that its template did not wait for.
      needs:
        task >= graph.tasks.length
          ? []
          : needsOf(graph, found.index)
              .flatMap((need) => instances.get(need) ?? [need])
              .flatMap((need) => indexOf.get(need) ?? []),
      ...(since === undefined ? {} : { elapsed: Math.max(0, now - since) / 1000 }),
      ...(retry.at > now ? { notBefore: (retry.at - now) / 1000 } : {}),
    };
  });
};

const saysOf = ({ lo, hi }: { lo: number; hi: number }, late: RunForecast["late"]): string => {
  if (!late || late.hi <= 0) return `Will end in ${between(lo, hi)}${late ? `, ${between(-late.hi, -late.lo)} before its deadline` : ""}.`;
  return late.lo > 0
    ? `Will miss its deadline by ${between(late.lo, late.hi)}.`
    : `May miss its deadline by up to ${between(late.hi, late.hi)}.`;
};

const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const;

/** `12 to 20 minutes`: in the largest unit of which the longer has at least two. */
const between = (low: number, high: number): string => {
  const [unit, seconds] = UNITS.find(([, seconds]) => high >= 2 * seconds) ?? (["second", 1] as const);
  const [from, to] = [Math.max(0, Math.floor(low / seconds)), Math.max(1, Math.ceil(high / seconds))];
  return from === to || low === high ? `${to} ${unit}${to === 1 ? "" : "s"}` : `${from} to ${to} ${unit}s`;
};
