import type { Feature } from "./forest/samples.ts";
import type { Case, Outcome } from "./model/case.ts";

/** What is known of a task before it starts. All but the type may be unknown. */
export interface TaskFeatures {
  /** What the task is called in its workflow; tasks of one type do the same to different data. */
  readonly type: string;
  /** What it runs: an executable, image or function. */
  readonly program?: string;
  readonly workflow?: string;
  /** What it works on: a task of its type on the same subject is likely to take as much longer or shorter than others again. */
  readonly subject?: string;
  readonly inputBytes?: number;
  /** Numbers of input and output files. */
  readonly inputs?: number;
  readonly outputs?: number;
  /** Tasks that it needs and that need it, and the longest way from a root. */
  readonly fanIn?: number;
  readonly fanOut?: number;
  readonly depth?: number;
  /** Declared by the user: processors, bytes of memory, seconds it will take. */
  readonly cpus?: number;
  readonly memoryBytes?: number;
  readonly declaredSeconds?: number;
  /** Class of machine that it will run on. */
  readonly machine?: string;
  /** 1 for the first. */
  readonly attempt?: number;
  /** When it can start, in milliseconds since 1970 (UTC). */
  readonly startsAt?: number;
  /** How much longer its parents took than forecast: the mean of actual to forecast. */
  readonly parentRatio?: number;
}

/** A task that ended well, and what it took. */
export interface TaskRecord extends TaskFeatures {
  readonly seconds: number;
  readonly peakMemoryBytes?: number;
  /** Tasks of one run depend on each other. */
  readonly run?: string;
  /** Instances of the `forEach` that it was one of. */
  readonly instances?: number;
}

/** Shorter run times are taken as this: they order nothing, and their logarithm would drown the others. */
const LEAST_SECONDS = 0.01;
const LEAST_BYTES = 1024;

export const TASK_LEVELS = ["type", "program", "workflow", "global"] as const;

const NUMBERS = ["inputs", "outputs", "fanIn", "fanOut", "depth", "cpus", "memoryBytes", "attempt"] as const;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** 1 January 1970 was a Thursday. */
const FIRST_WEEKDAY = 4;

/** The features of a task's row. */
export const TASK_ROW: readonly Feature[] = [
  ...NUMBERS.map((name): Feature => ({ name, kind: "numeric" })),
  { name: "parentRatio", kind: "numeric" },
  { name: "hour", kind: "numeric" },
  { name: "weekday", kind: "numeric" },
  { name: "program", kind: "categorical" },
  { name: "workflow", kind: "categorical" },
  { name: "machine", kind: "categorical" },
];
/** The categorical ones. */
const CATEGORIES = ["program", "workflow", "machine"] as const;
export type TaskCategory = (typeof CATEGORIES)[number];

/** The number of each name of a category that training has met. */
export type CategoryCodes = Record<TaskCategory, Map<string, number>>;

/** What is forecast of a task: seconds that it runs, bytes of memory at its peak. */
export type Quantity = "runtime" | "memory";

/** Between what a forecast lies: a millisecond and ten years, 1 KiB and 1 PiB. */
export const BOUNDS: Readonly<Record<Quantity, readonly [least: number, most: number]>> = {
  runtime: [0.001, 10 * 365 * 86_400],
  memory: [LEAST_BYTES, 2 ** 50],
};

export const categoryCodes = (tasks: readonly TaskFeatures[]): CategoryCodes => {
  const codes: CategoryCodes = { program: new Map(), workflow: new Map(), machine: new Map() };
  for (const task of tasks) {
    for (const category of CATEGORIES) {
      const name = task[category];
      if (name !== undefined && !codes[category].has(name)) codes[category].set(name, codes[category].size);
    }
  }
  return codes;
};

/** A task as a model takes it. What the user declared of the quantity is its seconds or its memory. */
export const taskCase = (task: TaskFeatures, quantity: Quantity, codes: CategoryCodes): Case => {
  const { startsAt = Number.NaN, parentRatio } = task;
  return {
    names: [task.type, task.program, task.workflow],
    subject: task.subject,
    size: logOf(task.inputBytes),
    declared: quantity === "runtime" ? declaredOf(task.declaredSeconds, LEAST_SECONDS) : declaredOf(task.memoryBytes, LEAST_BYTES),
    row: [
      ...NUMBERS.map((name) => task[name] ?? Number.NaN),
      logOf(parentRatio),
      Math.floor(modulo(startsAt, DAY) / HOUR),
      modulo(Math.floor(startsAt / DAY) + FIRST_WEEKDAY, 7),
      ...CATEGORIES.map((category) => codes[category].get(task[category] ?? "") ?? Number.NaN),
    ],
  };
};

/** A record as a model learns it; its value is NaN where the quantity was not measured. */
export const taskOutcome = (record: TaskRecord, quantity: Quantity, codes: CategoryCodes): Outcome => {
  const value = quantity === "runtime" ? atLeast(record.seconds, LEAST_SECONDS) : atLeast(record.peakMemoryBytes, LEAST_BYTES);
  return { ...taskCase(record, quantity, codes), value, run: record.run };
};

/** The logarithm of a positive number; NaN for anything else. */
const logOf = (number: number | undefined): number => (number !== undefined && number > 0 ? Math.log(number) : Number.NaN);

/** What was declared is taken as outcomes are, or a task of a millisecond would seem to take ten times as long as declared; nothing is no declaration. */
const declaredOf = (number: number | undefined, least: number): number => (number === 0 ? Number.NaN : atLeast(number, least));

/** The logarithm of a number from zero, taken as something when it is less; NaN for anything else. */
const atLeast = (number: number | undefined, least: number): number =>
  number !== undefined && number >= 0 && number < Number.POSITIVE_INFINITY ? Math.log(Math.max(number, least)) : Number.NaN;

const modulo = (number: number, by: number): number => ((number % by) + by) % by;
