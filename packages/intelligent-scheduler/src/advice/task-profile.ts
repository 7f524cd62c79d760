import { quantileOf } from "@qmoi/forecast";
import { type BestHour, bestHourOf } from "./best-hour.ts";
import { type RecordedAttempt, type RecordedRun, type RecordedTask, secondsOf } from "./recorded.ts";
import { meanOf, sortedOf } from "./statistics.ts";
import { type Trend, trendOf } from "./trend.ts";

/** What history tells of the tasks of one type. Seconds, unless said otherwise. */
export interface TaskProfile {
  readonly type: string;
  readonly workflows: readonly string[];
  readonly pools: readonly string[];
  /** Tasks that ran, and their tries. */
  readonly tasks: number;
  readonly attempts: number;
  readonly succeeded: number;
  /** Of tries that succeeded. */
  readonly seconds: { readonly p10: number; readonly median: number; readonly p90: number };
  /** From ready to started. */
  readonly waited: { readonly median: number; readonly p90: number };
  /** What it is made of; a share that was never measured is undefined. */
  readonly characteristics: {
    /** CPU time over run time: near 0 it waits for others, near 1 it computes. */
    readonly cpuShare?: number;
    readonly peakMemoryBytes?: number;
    /** Share of the slot time of all recorded work. */
    readonly shareOfWork: number;
  };
  /** p90 over p10 of its run time. `steady` below 1.5, `wild` from 4. */
  readonly variability: { readonly ratio: number; readonly is: "steady" | "varies" | "wild" };
  readonly trend?: Trend;
  readonly bestHour?: BestHour;
  /** What a failed try costs; absent where none failed. */
  readonly failures?: {
    readonly count: number;
    /** Share of tries. */
    readonly rate: number;
    /** Slot time that each has taken for nothing. */
    readonly lostSeconds: number;
    /** From its start to that of the next try, where there was one. */
    readonly delaySeconds?: number;
    readonly lostSecondsPerDay: number;
  };
}

const STEADY = 1.5;
const WILD = 4;

/** Profiles by type, those that take most of the slots first. `days`: how long the history is. */
export const taskProfiles = (runs: readonly RecordedRun[], days: number): TaskProfile[] => {
  const ran = runs.flatMap(({ workflow, tasks }) =>
    tasks.filter(({ attempts }) => attempts.length > 0).map((task) => ({ workflow, task })),
  );
  const all = ran.reduce((sum, { task }) => sum + slotSeconds(task), 0);
  return [...Map.groupBy(ran, ({ task }) => task.type)]
    .map(([type, members]) => profileOf(type, members, all, days))
    .sort((a, b) => b.characteristics.shareOfWork - a.characteristics.shareOfWork || (a.type < b.type ? -1 : 1));
};

const slotSeconds = (task: RecordedTask): number => secondsOf(task) * task.slots;
const lengthOf = ({ startedAt, endedAt }: RecordedAttempt): number => Math.max(0, endedAt - startedAt) / 1000;

const profileOf = (
  type: string,
  members: readonly { readonly workflow: string; readonly task: RecordedTask }[],
  all: number,
  days: number,
): TaskProfile => {
  const tasks = members.map(({ task }) => task);
  const attempts = tasks.flatMap((task) => task.attempts).sort((a, b) => a.startedAt - b.startedAt);
  const good = attempts.filter(({ succeeded }) => succeeded);
  const points = good.map((attempt) => [attempt.startedAt, lengthOf(attempt)] as const);
  const lengths = sortedOf(points.map(([, seconds]) => seconds));
  const waited = sortedOf(attempts.map(({ readyAt, startedAt }) => Math.max(0, startedAt - readyAt) / 1000));
  const [p10, median, p90] = [0.1, 0.5, 0.9].map((probability) => quantileOf(lengths, probability)) as [number, number, number];
  const ratio = p10 > 0 ? p90 / p10 : 1;
  const measured = good.filter((attempt) => attempt.cpuSeconds !== undefined && lengthOf(attempt) > 0);
  const memory = good.flatMap(({ peakMemoryBytes }) => (peakMemoryBytes === undefined ? [] : [peakMemoryBytes]));
  const [trend, bestHour, failures] = [trendOf(points), bestHourOf(points), failuresOf(tasks, attempts.length, days)];
  return {
    type,
    workflows: [...new Set(members.map(({ workflow }) => workflow))].sort(),
    pools: [...new Set(tasks.map(({ pool }) => pool))].sort(),
    tasks: tasks.length,
    attempts: attempts.length,
    succeeded: good.length,
    seconds: { p10, median, p90 },
    waited: { median: quantileOf(waited, 0.5), p90: quantileOf(waited, 0.9) },
    characteristics: {
      shareOfWork: all > 0 ? tasks.reduce((sum, task) => sum + slotSeconds(task), 0) / all : 0,
      ...(measured.length > 0 ? { cpuShare: sumOf(measured.map(({ cpuSeconds = 0 }) => cpuSeconds)) / sumOf(measured.map(lengthOf)) } : {}),
      ...(memory.length > 0 ? { peakMemoryBytes: quantileOf(sortedOf(memory), 0.9) } : {}),
    },
    variability: { ratio, is: ratio < STEADY ? "steady" : ratio < WILD ? "varies" : "wild" },
    ...(trend ? { trend } : {}),
    ...(bestHour ? { bestHour } : {}),
    ...(failures ? { failures } : {}),
  };
};

const failuresOf = (tasks: readonly RecordedTask[], attempts: number, days: number): TaskProfile["failures"] => {
  const lost: number[] = [];
  const delays: number[] = [];
  for (const { attempts: tries, slots } of tasks) {
    for (const [index, attempt] of tries.entries()) {
      if (attempt.succeeded) continue;
      lost.push(lengthOf(attempt) * slots);
      const next = tries[index + 1];
      if (next) delays.push((next.startedAt - attempt.startedAt) / 1000);
    }
  }
  if (lost.length === 0) return undefined;
  return {
    count: lost.length,
    rate: lost.length / attempts,
    lostSeconds: meanOf(lost),
    ...(delays.length > 0 ? { delaySeconds: meanOf(delays) } : {}),
    lostSecondsPerDay: sumOf(lost) / days,
  };
};

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
