import { createDynamoTable } from "@qmoi/adapters";
import { AWS_PRICES, type CostLine, costOf, dollarsOf, MONTH_SECONDS, type Usage } from "@qmoi/cloud-integration";
import { MODULES } from "@qmoi/config";
import { loadConfig } from "@qmoi/config/schemas";
import { type Json, nextAfter, parseSchedule } from "@qmoi/core";
import { missingDynamoDbLocal, startDynamoDbLocal } from "../../support/dynamodb-local.ts";
import { figure } from "../report/render.ts";
import type { Section, Table, Target } from "../report/section.ts";
import { openCloud } from "./cloud.ts";
import { type Counted, count } from "./count.ts";
import { DEPLOYED } from "./deployed.ts";
import { type CostWorkload, GRAPHS, outputOf, SINGLES } from "./workloads.ts";

interface CostOptions {
  /** Share of the full number of runs. */
  readonly scale: number;
  readonly progress: (what: string) => void;
}

const MILLION = 1_000_000;
const GB = 1024 ** 3;

/** What AWS takes for a million tasks, for a million runs of one task, and for a month at rest. */
export const cost = async ({ scale, progress }: CostOptions): Promise<Section> => {
  if (missingDynamoDbLocal !== undefined)
    return { name: "Cost of AWS", tables: [], targets: [], notes: [`DynamoDB Local could not be started: ${missingDynamoDbLocal}.`] };
  const server = await startDynamoDbLocal();
  try {
    await createDynamoTable("cost", server.client);
    const cloud = await openCloud({ ...server.client, tableName: "cost" }, (key) => outputOf(key, Math.random) as Json);
    const counted = async (workload: CostWorkload): Promise<Counted> => {
      progress(`${workload.name}: ${Math.ceil(workload.runs * scale)} runs, one every ${workload.every} ms`);
      return count(cloud, { ...workload, runs: Math.ceil(workload.runs * scale) });
    };
    const graphs = await counted(GRAPHS);
    const singles = await counted(SINGLES);
    const tick = await countTick(cloud);
    await cloud.close();
    return section(graphs, singles, tick);
  } finally {
    await server.stop();
  }
};

/** Requests of one tick that finds nothing to do. */
const countTick = async ({ engine, counts }: Awaited<ReturnType<typeof openCloud>>): Promise<Counted["total"]> => {
  counts.reset();
  await engine.tick();
  return counts.decider.total;
};

/** Per million of `of` (tasks or runs). */
const controlUsage = (counted: Counted, of: number): Usage => {
  const each = (total: number): number => (total / of) * MILLION;
  const { deciderMb, queueRequestsPerSend } = DEPLOYED;
  return {
    tableWriteUnit: each(counted.total.writeUnits),
    tableReadUnit: each(counted.total.readUnits),
    queueRequest: each(counted.sends * queueRequestsPerSend),
    functionRequest: each(counted.batches),
    functionGigabyteSecond: each((counted.busyMs * deciderMb) / 1000 / 1024),
    logGigabyte: each(counted.logBytes) / GB,
    blobWrite: each(counted.blobWrites),
    blobRead: each(counted.blobReads),
  };
};

/** A million invocations of the task runner. */
const workUsage = (): Usage => {
  const { workMs, workMb, aroundWorkMs, workLogBytes } = DEPLOYED;
  return {
    functionRequest: MILLION,
    functionGigabyteSecond: (MILLION * (workMs + aroundWorkMs) * workMb) / 1000 / 1024,
    logGigabyte: (MILLION * workLogBytes) / GB,
  };
};

/** A month in which nothing runs. */
const restUsage = (tick: Counted["total"]): Usage => {
  const invocations = ticksAMonth();
  const { moduleMb, moduleMs, idlePollsAMonth, alarms, storedGb, moduleReads } = DEPLOYED;
  const ticks = MONTH_SECONDS / 60;
  return {
    tableReadUnit: ticks * tick.readUnits + (invocations - ticks) * moduleReads,
    tableWriteUnit: ticks * tick.writeUnits,
    functionRequest: invocations,
    functionGigabyteSecond: (invocations * moduleMs * moduleMb) / 1000 / 1024,
    queueRequest: idlePollsAMonth,
    tableGigabyteMonth: storedGb,
    alarmMonth: alarms,
  };
};

/** How often the schedules of the eight modules fire in a month, by their defaults. */
const ticksAMonth = (): number => {
  const { modules } = loadConfig(() => undefined).master;
  const from = Date.UTC(2026, 0, 1);
  return MODULES.reduce((sum, name) => {
    const schedule = parseSchedule(modules[name].schedule, "UTC", { anchor: from });
    const first = nextAfter(schedule, from) ?? from;
    const second = nextAfter(schedule, first) ?? Number.POSITIVE_INFINITY;
    return sum + (MONTH_SECONDS * 1000) / (second - first);
  }, 0);
};

const section = (graphs: Counted, singles: Counted, tick: Counted["total"]): Section => {
  const control = costOf(controlUsage(graphs, graphs.tasks), AWS_PRICES);
  const work = costOf(workUsage(), AWS_PRICES);
  const single = [...costOf(controlUsage(singles, singles.runs), AWS_PRICES), ...work];
  const rest = costOf(restUsage(tick), AWS_PRICES);
  const target = (name: string, lines: readonly CostLine[], most: number): Target => {
    const dollars = dollarsOf(lines);
    return { name, target: `≤ $${most.toFixed(2)}`, measured: `$${dollars.toFixed(2)}`, met: dollars <= most };
  };
  return {
    name: `Cost of AWS, list prices of ${AWS_PRICES.region} (${AWS_PRICES.date})`,
    tables: [
      units(graphs, "Table units a task, graph of 20 tasks with 1.5 edges and 1 KB of output a task"),
      units(singles, "Table units of a run of one task"),
      bill("Control plane: a million tasks in graphs of 20", control),
      bill(`Work: a million tasks of ${DEPLOYED.workMs} ms at ${DEPLOYED.workMb} MB`, work),
      bill("A million runs of one task, control plane and work", single),
      bill("At rest, a month with eight modules", rest),
    ],
    targets: [
      target("control plane, a million tasks", control, 2.5),
      target("work, a million tasks", work, 1),
      target("a million runs of one task", single, 8),
      target("at rest, a month", rest, 5),
    ],
    notes: NOTES,
  };
};

const units = ({ total, byLabel, tasks }: Counted, title: string): Table => ({
  title,
  columns: ["request", "requests", "refused", "write units", "of indexes", "read units"],
  rows: [...byLabel, ["all", total] as const].map(([label, cost]) => [
    label,
    ...[cost.requests, cost.refused, cost.writeUnits, cost.indexWriteUnits, cost.readUnits].map((sum) => Number((sum / tasks).toFixed(3))),
  ]),
});

const bill = (title: string, lines: readonly CostLine[]): Table => ({
  title,
  columns: ["what", "amount", "unit", "dollars"],
  rows: [
    ...lines.map(({ name, unit, quantity, dollars }) => [name, figure(quantity), unit, dollars.toFixed(3)]),
    ["sum", "", "", dollarsOf(lines).toFixed(3)],
  ],
});

const NOTES: readonly string[] = [
  "Counted: table requests and units (DynamoDB Local reports them; a refused write counts by its size), batches of the change feed with something to decide at four looks a second and the time until what follows is stored, requests that send hints, log bytes at level info, blob requests. One engine starts runs, one decides, four work.",
  `Taken as deployed, not measured: ${Object.entries(DEPLOYED)
    .map(([name, value]) => `${name} ${figure(value)}`)
    .join(", ")}.`,
  "No free tier. Data a run leaves (about 1.5 KB a task until its time to live) costs $0.25 a GB and month more.",
];
