import { parentPort } from "node:worker_threads";
import type { TrainingJob } from "@qmoi/forecast";
import { histogramForest, runTraining } from "@qmoi/forecast/training";
import type { FromTraining, ToTraining } from "./training-thread.ts";

/** The thread that trains: takes portions of records, then the job, and answers with its outcome. */
const records: TrainingJob["records"][number][] = [];

parentPort?.on("message", async (message: ToTraining) => {
  if ("records" in message) return void records.push(...message.records);
  const job = { ...message.job, records };
  const ours = [job.engine, job.currentEngine ?? job.engine].every((engine) => engine === histogramForest.name);
  const library = ours ? [] : [(await import("@qmoi/forecast/ml-random-forest")).mlRandomForest];
  const outcome = runTraining(job, [histogramForest, ...library]);
  parentPort?.postMessage((outcome ? { outcome } : {}) satisfies FromTraining);
});
