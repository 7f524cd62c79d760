// A thread that lives through seeds, task after task. The layout's sizes can be made small, so that few tasks fill many items.
import { parentPort, workerData } from "node:worker_threads";
import { patchSource } from "./patch-source.ts";
import type { SeedsTask } from "./run-seeds.ts";
import type { ThreadData } from "./seeds-threads.ts";
import { SMALL } from "./small-layout.ts";

const { layout, alone } = workerData as ThreadData;

if (layout === "small") patchSource(SMALL);

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
