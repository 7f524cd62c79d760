import { fileURLToPath } from "node:url";
import type { Options, Workload } from "./subject.ts";

/** A system under measurement, with what it is tried with for each workload: the best of these counts. */
export interface Contestant {
  readonly name: string;
  /** Completed work can be looked up later. */
  readonly history: boolean;
  readonly file: string;
  readonly needs: "redis" | "postgres" | undefined;
  /** Tasks of a timed round. */
  readonly size: number;
  readonly sweeps: Partial<Record<Workload, readonly Options[]>>;
}

const peer = (name: string): string => fileURLToPath(new URL(`../peers/${name}.ts`, import.meta.url));

const qmoi = {
  name: "QMOI",
  history: true,
  file: fileURLToPath(new URL("qmoi.ts", import.meta.url)),
  needs: undefined,
  size: 20_000,
} as const;

export const CONTESTANTS: readonly Contestant[] = [
  {
    ...qmoi,
    sweeps: {
      independent: [{ slots: 64 }, { slots: 256 }, { slots: 1000 }],
      graphs: [
        { slots: 256, clients: 500 },
        { slots: 256, clients: 2000 },
        { slots: 1000, clients: 2000 },
      ],
      idle: [{ slots: 16 }],
      behind: [{ slots: 4 }, { slots: 16 }],
    },
  },
  {
    ...qmoi,
    name: "QMOI, a run for each task",
    sweeps: {
      independent: [
        { slots: 256, clients: 500, oneEach: 1 },
        { slots: 1000, clients: 2000, oneEach: 1 },
      ],
    },
  },
  {
    name: "graphile-worker",
    history: false,
    file: peer("graphile-worker"),
    needs: "postgres",
    size: 20_000,
    sweeps: {
      independent: [
        { concurrency: 24, local: 2000, delay: 0, insert: 2000 },
        { concurrency: 100, local: 2000, delay: 0, insert: 5000 },
        { concurrency: 24, local: 500, delay: 0, insert: 2000 },
        { concurrency: 24, local: -1, delay: -1, insert: 2000 },
      ],
      idle: [
        { concurrency: 24, local: -1, delay: -1 },
        { concurrency: 24, local: 10, delay: 0 },
      ],
      behind: [
        { concurrency: 4, local: -1, delay: -1 },
        { concurrency: 24, local: -1, delay: -1 },
      ],
    },
  },
  {
    name: "pg-boss",
    history: true,
    file: peer("pg-boss"),
    needs: "postgres",
    size: 20_000,
    sweeps: {
      independent: [
        { batch: 1000, workers: 2, insert: 2000 },
        { batch: 2000, workers: 1, insert: 5000 },
        { batch: 500, workers: 4, insert: 2000 },
      ],
      graphs: [
        { batch: 1000, workers: 2, insert: 2000, pause: 5 },
        { batch: 2000, workers: 1, insert: 5000, pause: 20 },
        { batch: 500, workers: 4, insert: 2000, pause: 1 },
      ],
      idle: [
        { batch: 1, workers: 2 },
        { batch: 10, workers: 1 },
      ],
      behind: [
        { batch: 1, workers: 4 },
        { batch: 10, workers: 2 },
      ],
    },
  },
  {
    name: "BullMQ",
    history: true,
    file: peer("bullmq"),
    needs: "redis",
    size: 20_000,
    sweeps: {
      independent: [
        { concurrency: 100, batch: 1000 },
        { concurrency: 500, batch: 5000 },
        { concurrency: 20, batch: 1000 },
      ],
      graphs: [
        { concurrency: 100, batch: 500 },
        { concurrency: 500, batch: 1000 },
      ],
      idle: [{ concurrency: 10 }],
      behind: [{ concurrency: 4 }, { concurrency: 20 }],
    },
  },
  {
    name: "DBOS Transact",
    history: true,
    file: peer("dbos"),
    needs: "postgres",
    size: 3000,
    sweeps: {
      independent: [
        { clients: 50, connections: 20 },
        { clients: 200, connections: 50 },
      ],
      graphs: [
        { clients: 20, connections: 20 },
        { clients: 100, connections: 50 },
      ],
      idle: [{ connections: 20, poll: 20 }],
      behind: [{ connections: 20, poll: 20, concurrency: 10 }],
    },
  },
];
