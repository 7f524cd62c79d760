import { Worker } from "node:worker_threads";
import { workerSource } from "./worker-source.ts";

type WorkerThreads = typeof import("node:worker_threads");
type Sqlite = typeof import("node:sqlite");

interface CheckpointWorkerData {
  readonly file: string;
}

/**
 * The body of the checkpointing thread: folds the log into the file at each message and answers when it is done. Started from its own source
 * text, like the scanning thread; therefore it refers to nothing outside of itself.
 */
const checkpointWorker = ({ parentPort, workerData }: WorkerThreads, { DatabaseSync }: Sqlite): void => {
  // It never waits for a lock: another checkpoint under way does what this one would.
  const db = new DatabaseSync((workerData as CheckpointWorkerData).file, { timeout: 0 });
  const checkpoint = db.prepare("PRAGMA wal_checkpoint(PASSIVE)");
  parentPort?.on("message", (message: "checkpoint" | "close") => {
    if (message === "checkpoint") {
      try {
        checkpoint.get();
      } catch {
        // A full disk or a broken one: the writer meets it itself, and tells whoever writes.
      }
      parentPort.postMessage("done");
      return;
    }
    db.close();
    parentPort.close();
  });
};

const SOURCE = workerSource(checkpointWorker);

/** Pages that a commit writes beside those of its items: of the keys' index and of the sequence number. */
const PAGES_A_COMMIT = 4;
/** About half of the log that a commit would fold by itself. */
const CHECKPOINT_PAGES = 256;

/**
 * Folds the write-ahead log into the file in a worker thread: it takes two fsyncs, for which the event loop would stand still. What is
 * written while it works stays in the log; where writes never pause, a commit folds that in once the log is large.
 */
export class SqliteCheckpointer {
  readonly #file: string;
  #worker: Worker | undefined;
  #pages = 0;
  #busy = false;
  #failed = false;

  constructor(file: string) {
    this.#file = file;
  }

  /** A transaction of so many writes was committed. */
  committed(writes: number): void {
    this.#pages += writes + PAGES_A_COMMIT;
    if (this.#pages < CHECKPOINT_PAGES || this.#busy || this.#failed) return;
    this.#pages = 0;
    this.#busy = true;
    this.#worker ??= this.#start();
    this.#worker.postMessage("checkpoint");
  }

  /** Ends the thread after what it is doing. */
  async close(): Promise<void> {
    this.#failed = true;
    const worker = this.#worker;
    if (worker === undefined) return;
    const exit = new Promise((resolve) => worker.once("exit", resolve));
    worker.ref();
    worker.postMessage("close");
    await exit;
  }

  #start(): Worker {
    const worker = new Worker(SOURCE, { eval: true, execArgv: [], workerData: { file: this.#file } satisfies CheckpointWorkerData });
    // It must not keep the process alive.
    worker.unref();
    worker.on("message", () => {
      this.#busy = false;
    });
    // Without the thread the writer does it.
    worker.on("error", () => {
      this.#failed = true;
      this.#worker = undefined;
    });
    return worker;
  }
}
