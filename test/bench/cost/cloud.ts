import {
  CountingTable,
  DynamoTable,
  type DynamoTableOptions,
  MemoryBlobStore,
  MemoryQueue,
  MemoryTaskLogs,
  openStream,
  SystemRandom,
} from "@qmoi/adapters";
import { together } from "@qmoi/adapters/aws";
import { CHECKS } from "@qmoi/config";
import { loadConfig } from "@qmoi/config/schemas";
import { type Change, type Clock, type Json, type Logger, type Queue, type SubscribeOptions, sleep, type Table } from "@qmoi/core";
import { settingsOf } from "@qmoi/local";
import { type ControlPlane, createControlPlane, Engine, engineWorker, type Hint } from "@qmoi/runtime";
import { SLOWNESS, SlowClock } from "./slow-clock.ts";

/** Counted while work was done; times in ms. */
export interface Counts {
  /** Requests of what starts runs, of what decides, and of the workers around the work. */
  readonly api: CountingTable;
  readonly decider: CountingTable;
  readonly workers: readonly CountingTable[];
  /** Batches of the change feed with something to decide, and how long each took until all of it was stored. */
  batches: number;
  busyMs: number;
  /** Requests that sent hints, 10 messages at most in one, and the hints. */
  sends: number;
  hints: number;
  logBytes: number;
  blobWrites: number;
  blobReads: number;
  reset(): void;
}

/** The parts of a deployment as engines of one process: one starts runs, one decides, four work. Only table, blobs and queue connect them. */
export interface Cloud {
  readonly plane: ControlPlane;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly counts: Counts;
  close(): Promise<void>;
}

/** How often a function's event source looks at a stream (AWS: four times a second). */
const STREAM_POLL_MS = 250;
const WORKERS = 4;
const WORK_MS = 100;

const isNews = ({ key, item }: Change): boolean =>
  key.pk.startsWith("R#") && (key.sk === "H" ? item?.v === 1 : item !== undefined && item.s !== "running");

export const openCloud = async (dynamo: DynamoTableOptions, output: (key: string) => Json): Promise<Cloud> => {
  const config = loadConfig(() => undefined, { parallel: { pools: { default: { slots: 200 } }, maxRunningTasks: 1000 } });
  const tables: DynamoTable[] = [];
  const counting = (): CountingTable => {
    const table = new DynamoTable({ ...dynamo, stream: openStream, streamPollMs: STREAM_POLL_MS * SLOWNESS });
    tables.push(table);
    return new CountingTable(table, { label: ({ op, pk, sk, site }) => site ?? `${op} ${kindOf(pk ?? "", sk)}` });
  };
  const counts: Counts = {
    api: counting(),
    decider: counting(),
    workers: Array.from({ length: WORKERS }, counting),
    batches: 0,
    busyMs: 0,
    sends: 0,
    hints: 0,
    logBytes: 0,
    blobWrites: 0,
    blobReads: 0,
    reset: () => {
      for (const table of [counts.api, counts.decider, ...counts.workers]) table.reset();
      Object.assign(counts, { batches: 0, busyMs: 0, sends: 0, hints: 0, logBytes: 0, blobWrites: 0, blobReads: 0 });
    },
  };
  const clock = new SlowClock();
  const blobs = new CountedBlobs(counts);
  const hints = new CountedHints(counts);
  const logs = new MemoryTaskLogs();
  const logger: Logger = {
    log: (level, message, fields) => {
      if (level === "debug") return;
      counts.logBytes += Buffer.byteLength(JSON.stringify({ time: new Date(clock.now()).toISOString(), level, message, ...fields })) + 1;
    },
  };
  const engineOn = (table: Table, id: string, role: "starts" | "decides" | "works"): Engine =>
    new Engine(
      {
        table,
        blobs,
        logs,
        hints,
        secrets: { get: async () => "" },
        targets: new Map([["wait", { type: "wait", run: work }]]),
        host: { available: () => ({ cpu: 1000, memory: 2 ** 50, disk: 2 ** 50 }), memoryUsed: () => 0 },
        clock,
        random: new SystemRandom(),
        logger,
        settings: settingsOf(() => config),
        checks: CHECKS,
        limits: () => ({}),
      },
      { id, worker: engineWorker, roles: { decides: role === "decides", works: role === "works", schedules: false } },
    );
  const work = async ({ idempotencyKey }: { readonly idempotencyKey: string }) => {
    await sleep(clock, WORK_MS);
    return { ok: true as const, output: output(idempotencyKey) };
  };
  const timed = new TimedFeed(counts.decider, clock, async (began) => {
    counts.batches++;
    await engine.decider.settled();
    counts.busyMs += clock.monotonic() - began;
  });
  const engine = engineOn(timed, "decider", "decides");
  const workers = counts.workers.map((table, n) => engineOn(table, `worker-${n}`, "works"));
  await engine.start();
  for (const worker of workers) await worker.start();
  return {
    plane: createControlPlane(engineOn(counts.api, "api", "starts")),
    engine,
    clock,
    counts,
    close: async () => {
      for (const each of [...workers, engine]) await each.stop();
      for (const table of tables) await table.close();
    },
  };
};

const KINDS: Readonly<Record<string, string>> = { "G#": "limiter", "A#": "active runs", ST: "statistics", CT: "control", "S#": "schedule" };

/** The kind of an item, by its key. */
const kindOf = (pk: string, sk = ""): string => {
  if (pk.startsWith("R#")) return sk === "H" ? "run" : sk.startsWith("F#") ? "frontier" : "attempt";
  return KINDS[pk.slice(0, 2)] ?? (pk.startsWith("W") ? "definition" : pk);
};

class CountedBlobs extends MemoryBlobStore {
  readonly #counts: Counts;

  constructor(counts: Counts) {
    super();
    this.#counts = counts;
  }

  override put(...args: Parameters<MemoryBlobStore["put"]>): ReturnType<MemoryBlobStore["put"]> {
    this.#counts.blobWrites++;
    return super.put(...args);
  }

  override get(...args: Parameters<MemoryBlobStore["get"]>): ReturnType<MemoryBlobStore["get"]> {
    this.#counts.blobReads++;
    return super.get(...args);
  }
}

class CountedHints implements Queue<Hint> {
  readonly #inner = new MemoryQueue<Hint>();
  readonly #counts: Counts;

  constructor(counts: Counts) {
    this.#counts = counts;
  }

  send(hints: readonly Hint[]): Promise<void> {
    this.#counts.sends += Math.ceil(together(hints).length / 10);
    this.#counts.hints += hints.length;
    return this.#inner.send(hints);
  }

  consume(handler: (hint: Hint) => Promise<void>): () => void {
    return this.#inner.consume(handler);
  }
}

/** Passes on only what a filter of the event source lets through, and tells when a batch of it began to be handled. */
class TimedFeed implements Table {
  readonly #inner: Table;
  readonly #clock: SlowClock;
  readonly #handled: (began: number) => Promise<void>;

  constructor(inner: Table, clock: SlowClock, handled: (began: number) => Promise<void>) {
    this.#inner = inner;
    this.#clock = clock;
    this.#handled = handled;
  }

  get: Table["get"] = (key) => this.#inner.get(key);
  put: Table["put"] = (item, options) => this.#inner.put(item, options);
  delete: Table["delete"] = (key, options) => this.#inner.delete(key, options);
  query: Table["query"] = (query) => this.#inner.query(query);
  queryIndex: Table["queryIndex"] = (query) => this.#inner.queryIndex(query);
  scan: Table["scan"] = (request) => this.#inner.scan(request);
  close: Table["close"] = () => this.#inner.close();

  subscribe(handler: (changes: readonly Change[]) => void | Promise<void>, options?: SubscribeOptions): Promise<() => Promise<void>> {
    return this.#inner.subscribe(async (changes) => {
      const news = changes.filter(isNews);
      if (news.length === 0) return;
      const began = this.#clock.monotonic();
      await handler(news);
      await this.#handled(began);
    }, options);
  }
}
