// A thread that lives through seeds, task after task. The layout's sizes can be made small, so that few tasks fill many items.
import { parentPort, workerData } from "node:worker_threads";
import { patchSource } from "./patch-source.ts";
import type { SeedsTask } from "./run-seeds.ts";
import type { ThreadData } from "./seeds-threads.ts";

const { layout, alone } = workerData as ThreadData;

/** Sizes that decide how a run is spread over items, as the source has them and small; and days that are empty in a world of minutes. */
const SIZES = [
  ["/advanced-automation/src/run-state.ts", "PART_TASKS = 2000", "PART_TASKS = 8"],
  ["/runtime/src/items.ts", "ATTEMPT_TASKS = 500", "ATTEMPT_TASKS = 5"],
  ["/runtime/src/items.ts", "INLINE_TASKS = 500", "INLINE_TASKS = 6"],
  ["/runtime/src/statistics.ts", "LEARN_DAYS = 14", "LEARN_DAYS = 2"],
] as const;

if (layout === "small") patchSource(SIZES.map(([file, from, to]) => ({ file, from, to })));

// Errors are many and nobody reads where they come from, unless one seed is looked at.
if (!alone) Error.stackTraceLimit = 0;

const { SystemClock, settle } = await import("@qmoi/adapters");
const { simulateSeeds } = await import("@qmoi/simulator");
const breathe = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

parentPort?.on("message", async ({ layout: _, dropped, ...options }: SeedsTask) => {
  const result = await simulateSeeds({
    ...options,
    ...(dropped ? { dropped: new Set(dropped) } : {}),
    settle,
    clock: new SystemClock(),
    progress: async ({ seed }) => {
      parentPort?.postMessage({ done: seed });
      await breathe();
    },
  });
  parentPort?.postMessage({ result });
});
