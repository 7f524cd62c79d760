import { statSync } from "node:fs";
import { Worker } from "node:worker_threads";
import type { FromWorker, LoadedFile } from "./function-protocol.ts";

const MEBIBYTE = 1 << 20;
/** A worker's own start needs about this much heap. */
const LEAST_HEAP_MEBIBYTES = 32;

/** A worker thread of the pool and what it has loaded. */
export interface PoolWorker {
  readonly thread: Worker;
  /** Heap limit in MiB; undefined for V8's own. */
  readonly heap: number | undefined;
  readonly files: Map<string, LoadedFile>;
}

export interface FunctionPoolOptions {
  readonly workerUrl: URL;
  readonly env: Readonly<Record<string, string>>;
  /** Most workers kept for later calls. */
  readonly size: () => number;
}

const isCurrent = (file: LoadedFile): boolean => {
  const stats = statSync(file.path, { throwIfNoEntry: false });
  return stats?.mtimeMs === file.mtimeMs && stats.size === file.size;
};

/**
 * Keeps warm worker threads. There is no queue: the engine bounds how much runs at a time, and a call that finds no idle worker
 * gets a new one. A worker whose files have changed on disk is replaced, since a module can't be unloaded.
 */
export class FunctionPool {
  readonly #options: FunctionPoolOptions;
  readonly #idle: PoolWorker[] = [];
  readonly #all = new Set<PoolWorker>();

  constructor(options: FunctionPoolOptions) {
    this.#options = options;
  }

  /** A worker for one call whose heap limit is at least `memoryBytes`: the next power of two, so that few kinds exist. */
  take(memoryBytes: number | undefined): PoolWorker {
    const heap = memoryBytes === undefined ? undefined : 2 ** Math.ceil(Math.log2(Math.max(memoryBytes / MEBIBYTE, LEAST_HEAP_MEBIBYTES)));
    for (let i = this.#idle.length - 1; i >= 0; i--) {
      const worker = this.#idle[i] as PoolWorker;
      if (worker.heap !== heap) continue;
      this.#idle.splice(i, 1);
      if ([...worker.files.values()].every(isCurrent)) {
        worker.thread.ref();
        return worker;
      }
      void this.retire(worker);
    }
    return this.#start(heap);
  }

  /** Takes a worker back after its call. Those idle for longest go if there are too many. */
  give(worker: PoolWorker): void {
    if (!this.#all.has(worker)) return;
    worker.thread.unref();
    this.#idle.push(worker);
    const surplus = Math.max(0, this.#idle.length - this.#options.size());
    for (const old of this.#idle.slice(0, surplus)) void this.retire(old);
  }

  /** Ends a worker, at work or not. From now on it is given to nobody. */
  async retire(worker: PoolWorker): Promise<void> {
    this.#forget(worker);
    await worker.thread.terminate();
  }

  /** Ends every worker, also those at work. */
  async close(): Promise<void> {
    await Promise.all([...this.#all].map((worker) => this.retire(worker)));
  }

  #start(heap: number | undefined): PoolWorker {
    const { workerUrl, env } = this.#options;
    const resourceLimits = heap === undefined ? {} : { maxOldGenerationSizeMb: heap };
    // Not the server's own flags: they may be of a test runner or a debugger.
    const execArgv = ["--disable-warning=ExperimentalWarning"];
    const thread = new Worker(workerUrl, { env: { ...env }, execArgv, resourceLimits, stdout: true, stderr: true });
    const worker: PoolWorker = { thread, heap, files: new Map() };
    this.#all.add(worker);
    thread.on("message", (message: FromWorker) => {
      if (message.kind === "loaded") worker.files.set(message.file.path, message.file);
    });
    // Without a listener an error would be the server's; the call that runs hears of it by its own.
    thread.on("error", () => this.#forget(worker));
    thread.on("exit", () => this.#forget(worker));
    return worker;
  }

  #forget(worker: PoolWorker): void {
    this.#all.delete(worker);
    const at = this.#idle.indexOf(worker);
    if (at >= 0) this.#idle.splice(at, 1);
  }
}
