import { parentPort, workerData } from "node:worker_threads";
import { QmoiError } from "@qmoi/core";
import { type EvaluateJob, evaluateJob } from "./evaluate-job.ts";

/** The thread that evaluates, so that Ctrl-C is heard meanwhile: tells `{ progress }`, then answers with `{ evaluation }` or the error's JSON as `{ error }`. */
evaluateJob(workerData as EvaluateJob, (progress) => parentPort?.postMessage({ progress })).then(
  (evaluation) => parentPort?.postMessage({ evaluation }),
  (error: unknown) => {
    if (!(error instanceof QmoiError)) throw error;
    parentPort?.postMessage({ error: error.toJSON() });
  },
);
