import { nextAfter, parseSchedule, type Schedule } from "@qmoi/core";
import { type HealthFacts, moduleRuns } from "@qmoi/master-automation";
import type { ControlItem } from "../items.ts";
import type { FiringItem } from "../schedules.ts";
import { scheduleName } from "../schedules.ts";
import { dayOf, readDay } from "../statistics.ts";
import { listHeads } from "../workflows.ts";
import { readControl } from "./change-control.ts";
import type { CommandParts } from "./parts.ts";
import { runningAttempts } from "./running-attempts.ts";

const DAY_MS = 86_400_000;
/** Free space below which a finding is due: about what ten million attempts need. */
const NEEDED_BYTES = 2 * 2 ** 30;
/** A schedule's firing is recorded within this after its time, if all is well. */
const GRACE_MS = 5_000;

/** Measures what a health check judges. */
export const healthFacts = async (parts: CommandParts): Promise<HealthFacts> => {
  const { engine, settings, backups, configuration } = parts;
  const { ports } = engine;
  const now = ports.clock.now();
  const control = await readControl(ports);
  const { running, expired } = await runningAttempts(engine);
  const newest = (await backups?.list({ limit: 1 }))?.items[0]?.finishedAt;
  const { backupEveryMs } = settings();
  return {
    now,
    store: await storeFact(parts),
    late: await lateFirings(parts, now),
    queue: queueFact(parts),
    leases: { running: running.length, expired },
    errors: await errorFact(parts, now),
    disk: { free: ports.host.available().disk, needed: NEEDED_BYTES },
    memory: { used: ports.host.memoryUsed(), pauseAbove: ports.settings().pauseAboveMemory },
    modules: await moduleFacts(parts, control),
    configuration: {
      invalid: ((await configuration?.list()) ?? []).flatMap(({ document, invalid }) => (invalid === undefined ? [] : [document])),
    },
    ...(backups
      ? {
          backups: {
            ...(backupEveryMs === undefined ? {} : { everyMs: backupEveryMs }),
            ...(newest === undefined ? {} : { newest }),
          },
        }
      : {}),
    providers: await parts.providers.all(),
    ...(await alarmFacts(parts)),
    paused: !moduleRuns(control, "advanced-automation"),
  };
};

/** Which modules may work, and when they last did. */
export const moduleFacts = (
  { modules, settings }: Pick<CommandParts, "modules" | "settings">,
  control: ControlItem | undefined,
): Promise<HealthFacts["modules"]> =>
  Promise.all(
    modules.names.map(async (module) => {
      const lastSuccess = await modules.lastSuccess(module);
      const fact = { module, runs: moduleRuns(control, module), everyMs: settings().everyMs(module) };
      return lastSuccess === undefined ? fact : { ...fact, lastSuccess };
    }),
  );

const alarmFacts = async ({ alarms }: CommandParts): Promise<Pick<HealthFacts, "alarms">> => {
  if (!alarms) return {};
  try {
    return { alarms: { on: await alarms.on() } };
  } catch (error) {
    return { alarms: { error: error instanceof Error ? error.message : String(error) } };
  }
};

const PROBE = { pk: "PROBE", sk: "PROBE" } as const;

/** One strong read and one write, as everything here needs them. */
const storeFact = async ({ engine: { ports } }: CommandParts): Promise<HealthFacts["store"]> => {
  const { table, clock } = ports;
  try {
    const began = clock.monotonic();
    const stored = await table.get(PROBE);
    const read = clock.monotonic();
    await table.put({ ...PROBE, v: (stored?.v ?? 0) + 1 });
    return { readMs: read - began, writeMs: clock.monotonic() - read };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
};

/** The oldest unrecorded nominal time of each schedule, if it has passed. */
export const lateFirings = async ({ engine: { ports, definitions } }: CommandParts, now: number): Promise<HealthFacts["late"]> => {
  const late: { schedule: string; due: number }[] = [];
  for await (const head of listHeads(ports)) {
    if (!head.sc) continue;
    const { workflow } = await definitions.graph(head.ver);
    for (const schedule of workflow.schedules ?? []) {
      if (!schedule.enabled) continue;
      const name = scheduleName(workflow, schedule);
      const parsed: Schedule = parseSchedule(schedule.expression, schedule.timezone, { anchor: head.at });
      const page = await ports.table.query({ pk: `S#${name}`, prefix: "N#", reverse: true, limit: 1 });
      const last = Math.max(head.at, (page.items[0] as FiringItem | undefined)?.nom ?? 0);
      const due = nextAfter(parsed, last);
      if (due !== undefined && due + GRACE_MS < now) late.push({ schedule: name, due });
    }
  }
  return late;
};

/** What this process knows to be ready and not started. */
const queueFact = ({ engine }: CommandParts): HealthFacts["queue"] => {
  let [ready, oldest] = [0, Number.POSITIVE_INFINITY];
  const pools = new Set<string>();
  for (const entry of engine.decider.runs.values()) {
    for (const [pool, heap] of entry.ready) {
      if (heap.size > 0) pools.add(pool);
      ready += heap.size;
    }
    for (const at of entry.readyAt.values()) oldest = Math.min(oldest, at);
  }
  return { ready, pools: pools.size, ...(ready > 0 && Number.isFinite(oldest) ? { oldestReadyAt: oldest } : {}) };
};

const errorFact = async ({ engine }: CommandParts, now: number): Promise<HealthFacts["errors"]> => {
  await engine.statistics.flush();
  let [attempts, failed] = [0, 0];
  for (const day of [dayOf(now - DAY_MS), dayOf(now)]) {
    for await (const { stats } of readDay(engine.ports, day)) {
      attempts += stats.attempts;
      failed += stats.failed;
    }
  }
  return { attempts, failed };
};
