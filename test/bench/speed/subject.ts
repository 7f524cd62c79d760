import { setTimeout as sleep } from "node:timers/promises";

/** What every system under measurement is asked to do. The work is a function that does nothing, in the process that asks for it. */
export interface Subject {
  /** What is done once and then run many times: a definition of so many tasks. Not timed. */
  prepare?(tasks: number): Promise<void>;
  /** Resolves when the completion of the last of so many independent tasks is stored. Asking for them is part of it. */
  independent(tasks: number): Promise<void>;
  /** The same for graphs of ten tasks: one, then eight side by side, then one. */
  graphs?(graphs: number): Promise<void>;
  /** Asks for one task that goes before all that is queued; resolves with the time by performance.now() at which its function was entered. */
  startOne(): Promise<number>;
  /** Queues so many tasks of low priority, which are then worked off. */
  queue(tasks: number): Promise<void>;
  /** How many of those are left. */
  readonly queued: number;
  close(): Promise<void>;
}

/** Sizes of batches, numbers of workers and so on: what a sweep varies. */
export type Options = Readonly<Record<string, number>>;

/** What confirmed work survives: the death of any of the processes, or also the loss of power. */
export type Survives = "process" | "power";

/** Addresses of the servers that the peers use. */
export interface Servers {
  readonly redis?: { readonly port: number };
  readonly postgres?: { readonly port: number; readonly user: string };
}

export interface Where {
  /** A folder of its own, removed afterwards. */
  readonly folder: string;
  readonly survives: Survives;
  readonly servers: Servers;
}

export type OpenSubject = (options: Options, where: Where) => Promise<Subject>;

export const WORKLOADS = ["independent", "graphs", "idle", "behind"] as const;
export type Workload = (typeof WORKLOADS)[number];

export interface Assignment {
  readonly workload: Workload;
  /** Tasks; of latencies: samples. */
  readonly size: number;
  readonly options: Options;
  readonly where: Where;
}

/** Tasks a second, or milliseconds from asking to starting. */
export type Figures = { readonly perSecond: number } | { readonly p50: number; readonly p99: number };

/** Tasks that stay queued while latencies behind them are measured. */
const BACKLOG = 10_000;
const TASKS_A_GRAPH = 10;

/** Measures one workload on a system that was just opened. */
export const measure = async (subject: Subject, { workload, size }: Assignment): Promise<Figures> => {
  if (workload === "idle") return latencies(subject, size, () => Promise.resolve());
  if (workload === "behind") {
    await subject.queue(BACKLOG);
    return latencies(subject, size, async () => {
      if (subject.queued < BACKLOG) await subject.queue(BACKLOG / 10);
    });
  }
  await subject.prepare?.(size);
  await work(subject, workload, size);
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const began = performance.now();
    await work(subject, workload, size);
    best = Math.min(best, performance.now() - began);
  }
  return { perSecond: size / (best / 1000) };
};

/** After one to warm up; the fastest counts, since only what else the machine does makes one slower. */
const ROUNDS = 3;

const work = async (subject: Subject, workload: Workload, tasks: number): Promise<void> => {
  if (workload === "independent") return subject.independent(tasks);
  if (!subject.graphs) throw new Error("It knows no dependencies.");
  await subject.graphs(Math.ceil(tasks / TASKS_A_GRAPH));
};

const latencies = async (subject: Subject, samples: number, before: () => Promise<void>): Promise<Figures> => {
  const seen: number[] = [];
  for (let n = 0; n < samples + WARM_UP; n++) {
    await before();
    // At no fixed distance from what the system does by itself.
    await sleep(2 + (n % 7));
    const asked = performance.now();
    const started = await subject.startOne();
    if (n >= WARM_UP) seen.push(started - asked);
  }
  seen.sort((a, b) => a - b);
  return { p50: quantile(seen, 0.5), p99: quantile(seen, 0.99) };
};

const WARM_UP = 50;

/** The q-quantile of sorted values, by nearest rank. */
export const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] ?? 0;
