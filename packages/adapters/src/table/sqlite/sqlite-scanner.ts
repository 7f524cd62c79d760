import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { type Item, type Page, UnavailableError } from "@qmoi/core";
import { encodeCursor } from "../cursor.ts";
import { type ScanMessage, type ScanReply, type ScanWorkerData, scanWorker } from "./scan-worker.ts";
import { sqliteError } from "./sqlite-error.ts";
import { workerSource } from "./worker-source.ts";

const SOURCE = workerSource(scanWorker);

interface Waiting {
  readonly resolve: (page: Page<Item>) => void;
  readonly reject: (error: unknown) => void;
}

/** Reads pages of the whole table in a worker thread, so that long scans don't hold up the event loop. */
export class SqliteScanner {
  readonly #data: ScanWorkerData;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #nextId = 0;

  constructor(data: ScanWorkerData) {
    this.#data = data;
  }

  /** The page after a key; the empty key comes before all. */
  page(after: readonly [string, string], limit: number): Promise<Page<Item>> {
    this.#worker ??= this.#start();
    this.#worker.ref();
    const id = this.#nextId++;
    const answer = new Promise<Page<Item>>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.#worker.postMessage({ id, after, limit } satisfies ScanMessage);
    return answer;
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    const exit = once(worker, "exit");
    worker.ref();
    worker.postMessage("close");
    await exit;
  }

  #start(): Worker {
    const worker = new Worker(SOURCE, { eval: true, execArgv: [], workerData: this.#data });
    worker.on("message", (reply: ScanReply) => this.#settle(reply));
    worker.on("error", (error) => this.#stopped(worker, error));
    worker.on("exit", () => this.#stopped(worker, undefined));
    return worker;
  }

  #settle(reply: ScanReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    // An idle thread must not keep the process alive.
    if (this.#waiting.size === 0) this.#worker?.unref();
    if ("failure" in reply) {
      waiting?.reject(sqliteError(Object.assign(new Error(reply.failure.message), { errcode: reply.failure.errcode }), this.#data.file));
      return;
    }
    const items = reply.docs.map((doc) => JSON.parse(doc) as Item);
    waiting?.resolve(reply.last === undefined ? { items } : { items, next: encodeCursor(reply.last) });
  }

  /** A thread that ended answers nothing any more; the next scan starts another. */
  #stopped(worker: Worker, cause: unknown): void {
    if (this.#worker === worker) this.#worker = undefined;
    for (const { reject } of this.#waiting.values())
      reject(new UnavailableError("The scanning thread has ended.", { path: this.#data.file, cause }));
    this.#waiting.clear();
  }
}
