import { type CostLine, costOf, dollarsOf, MONTH_SECONDS, type Usage } from "./cost.ts";
import type { PriceList } from "./prices.ts";

/** What is to be run each day, and how. */
export interface EstimateRequest {
  readonly tasksPerDay: number;
  /** Tasks of one run of a workflow. */
  readonly tasksPerRun: number;
  /** How long a task's work takes (s). */
  readonly taskSeconds: number;
  /** Memory of the function that does the work (MB). */
  readonly memoryMb: number;
  /** Tasks that one invocation of it works on at once. */
  readonly tasksAtOnce: number;
  /** How long history is kept (days). */
  readonly historyDays: number;
}

/** What a month's bill is made of, by what it is paid for. */
export const PARTS = ["at rest", "watching", "control plane", "work", "storage", "backups"] as const;

export interface EstimatedLine extends CostLine {
  readonly part: (typeof PARTS)[number];
}

export interface Estimate {
  readonly lines: readonly EstimatedLine[];
  readonly dollarsAMonth: number;
  /** What a million tasks more would cost: everything but rest and watching. */
  readonly dollarsAMillionTasks: number;
}

/**
 * What a run and each of its tasks take of the control plane: no less than what `npm run bench -- --only cost` counts for runs of 1 and of 20
 * tasks, and `npm run test:deploy` at the deployed functions.
 */
export const COUNTED = {
  run: { tableWriteUnit: 5.5, tableReadUnit: 4, queueRequest: 2.2, functionRequest: 0.4, logBytes: 300 },
  /** Log lines: the most that a task that succeeds may write. */
  task: { tableWriteUnit: 3.1, tableReadUnit: 2.5, queueRequest: 0.65, functionRequest: 0.24, logBytes: 300 },
  /** An invocation of the decider (s), and what is around a task's work in its own: control reading, claim and end (s). */
  deciderSeconds: 0.1,
  aroundWorkSeconds: 0.02,
  /** What a task leaves in the table until its history is deleted (bytes), with 1 KB of output. */
  keptBytes: 1_500,
} as const;

/** What a backup of each day takes of what the table holds, by the defaults of backup_optimization.json. */
const BACKUPS = {
  keptDays: 30,
  /** All is read twice, a unit each 4 KB: attempts after what they belong to. */
  passes: 2,
  unitBytes: 4_096,
  /** Bytes of a segment before it is compressed; each is written, and read to verify it. */
  segmentBytes: 4_194_304,
  /** At most so much is left after that; 0.11 was measured of history without outputs. */
  share: 0.25,
} as const;

/** What a stage is as it is deployed, whether anything runs or not. */
export const STAGE = {
  functionMb: 512,
  /** Queues that drive functions; for each the platform holds five long polls of 20 s open. */
  queues: 3,
  pollsAtOnce: 5,
  pollSeconds: 20,
  /** Modules that work each minute, for so long (s), and what they read when nothing is to be done. */
  modules: 3,
  moduleSeconds: 0.05,
  moduleReads: 3,
  storedGb: 1,
  alarms: 10,
  metrics: 3,
  dashboards: 2,
} as const;

const GB = 1024 ** 3;
const DAYS_A_MONTH = MONTH_SECONDS / 86_400;
const gigabyteSeconds = (seconds: number, megabytes: number): number => (seconds * megabytes) / 1024;

/** What a month costs by list prices, without a free tier. Throws RangeError for what can't be an amount. */
export const estimateMonth = (request: EstimateRequest, prices: PriceList): Estimate => {
  const tasks = request.tasksPerDay * DAYS_A_MONTH;
  // A history that is full: what a month brings, for as many months as it is kept.
  const kept = request.tasksPerDay * request.historyDays * COUNTED.keptBytes;
  const usages: Readonly<Record<EstimatedLine["part"], Usage>> = {
    "at rest": atRest(),
    watching: { alarmMonth: STAGE.alarms, metricMonth: STAGE.metrics, dashboardMonth: STAGE.dashboards },
    "control plane": controlPlane(tasks / request.tasksPerRun, tasks),
    work: work(tasks, request),
    storage: { tableGigabyteMonth: kept / GB },
    backups: backups(kept),
  };
  const lines = PARTS.flatMap((part) => costOf(usages[part], prices).map((line) => ({ part, ...line })));
  const grows = lines.filter(({ part }) => part !== "at rest" && part !== "watching");
  return { lines, dollarsAMonth: dollarsOf(lines), dollarsAMillionTasks: tasks === 0 ? 0 : (dollarsOf(grows) / tasks) * 1e6 };
};

const atRest = (): Usage => {
  const { functionMb, queues, pollsAtOnce, pollSeconds, modules, moduleSeconds, moduleReads, storedGb } = STAGE;
  const ticks = (modules * MONTH_SECONDS) / 60;
  return {
    queueRequest: (queues * pollsAtOnce * MONTH_SECONDS) / pollSeconds,
    functionRequest: ticks,
    functionGigabyteSecond: gigabyteSeconds(ticks * moduleSeconds, functionMb),
    tableReadUnit: ticks * moduleReads,
    tableGigabyteMonth: storedGb,
  };
};

const controlPlane = (runs: number, tasks: number): Usage => {
  const { run, task, deciderSeconds } = COUNTED;
  const sum = (resource: keyof typeof run): number => runs * run[resource] + tasks * task[resource];
  return {
    tableWriteUnit: sum("tableWriteUnit"),
    tableReadUnit: sum("tableReadUnit"),
    queueRequest: sum("queueRequest"),
    functionRequest: sum("functionRequest"),
    functionGigabyteSecond: gigabyteSeconds(sum("functionRequest") * deciderSeconds, STAGE.functionMb),
    logGigabyte: sum("logBytes") / GB,
  };
};

const work = (tasks: number, { taskSeconds, memoryMb, tasksAtOnce }: EstimateRequest): Usage => {
  const invocations = tasks / tasksAtOnce;
  return {
    functionRequest: invocations,
    functionGigabyteSecond: gigabyteSeconds(invocations * (taskSeconds + COUNTED.aroundWorkSeconds), memoryMb),
  };
};

const backups = (bytes: number): Usage => {
  const { keptDays, passes, unitBytes, segmentBytes, share } = BACKUPS;
  const segments = (DAYS_A_MONTH * bytes) / segmentBytes;
  return {
    tableReadUnit: (DAYS_A_MONTH * passes * bytes) / unitBytes,
    blobWrite: segments,
    blobRead: segments,
    blobGigabyteMonth: (keptDays * share * bytes) / GB,
  };
};
