import { Worker } from "node:worker_threads";
import { TooLargeError, UnavailableError } from "@qmoi/core";
import type { TrainingJob, TrainingOutcome } from "@qmoi/forecast";
import type { Trainer } from "@qmoi/runtime";

/** A training takes some 10 s; what takes so much longer is not waited for. */
const LONGEST_MS = 180_000;
const MOST_HEAP_MB = 1024;
/** Records sent at a time: to copy all at once would hold the server up. */
const PORTION = 1000;

export interface TrainingThreadOptions {
  readonly longestMs?: number;
  readonly mostHeapMb?: number;
  /** Ends the thread. */
  readonly signal?: AbortSignal;
}

/** What the thread is sent: portions of records, then the job without them. */
export type ToTraining = { readonly records: TrainingJob["records"] } | { readonly job: Omit<TrainingJob, "records"> };
export type FromTraining = { readonly outcome?: TrainingOutcome };

/**
 * Trains in a thread of its own with bounded time and memory, so that the server answers meanwhile. The trainer rejects with
 * QMOI_STORE_UNAVAILABLE when it takes too long or is ended, QMOI_TOO_LARGE when its memory does not suffice, or with the thread's own error.
 */
export const threadTrainer =
  ({ longestMs = LONGEST_MS, mostHeapMb = MOST_HEAP_MB, signal }: TrainingThreadOptions = {}): Trainer =>
  async ({ records, ...job }) => {
    const thread = new Worker(new URL("./training-worker.ts", import.meta.url), {
      execArgv: ["--disable-warning=ExperimentalWarning"],
      resourceLimits: { maxOldGenerationSizeMb: mostHeapMb },
    });
    const abort = (): void => void thread.terminate();
    const limit = setTimeout(abort, longestMs);
    signal?.addEventListener("abort", abort, { once: true });
    try {
      return await new Promise<TrainingOutcome | undefined>((resolve, reject) => {
        thread.on("message", ({ outcome }: FromTraining) => resolve(outcome));
        thread.on("error", (error: NodeJS.ErrnoException) =>
          reject(
            error.code === "ERR_WORKER_OUT_OF_MEMORY"
              ? new TooLargeError(`Learning from ${records.length} records takes more than ${mostHeapMb} MB.`, { cause: error })
              : error,
          ),
        );
        thread.on("exit", () => reject(new UnavailableError(`The training was ended, or took more than ${longestMs / 1000} s.`)));
        void send(thread, records, job).catch(reject);
      });
    } finally {
      clearTimeout(limit);
      signal?.removeEventListener("abort", abort);
      await thread.terminate();
    }
  };

const send = async (thread: Worker, records: TrainingJob["records"], job: Omit<TrainingJob, "records">): Promise<void> => {
  const post = (message: ToTraining): void => thread.postMessage(message);
  for (let first = 0; first < records.length; first += PORTION) {
    post({ records: records.slice(first, first + PORTION) });
    await new Promise((resolve) => setImmediate(resolve));
  }
  post({ job });
};
