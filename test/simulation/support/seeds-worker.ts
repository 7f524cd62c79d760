// A thread that lives through seeds. The layout's sizes can be made small, so that few tasks fill many items.
import { registerHooks } from "node:module";
import { parentPort, workerData } from "node:worker_threads";
import type { SeedsTask } from "./run-seeds.ts";

const { layout, ...task } = workerData as SeedsTask;

/** Sizes that decide how a run is spread over items, as the source has them and small. */
const SIZES = [
  ["/advanced-automation/src/run-state.ts", "PART_TASKS = 2000", "PART_TASKS = 8"],
  ["/runtime/src/items.ts", "ATTEMPT_TASKS = 500", "ATTEMPT_TASKS = 5"],
  ["/runtime/src/items.ts", "INLINE_TASKS = 500", "INLINE_TASKS = 6"],
] as const;

if (layout === "small") {
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context);
      const sizes = SIZES.filter(([file]) => url.endsWith(file));
      if (sizes.length === 0) return loaded;
      let source = String(loaded.source);
      for (const [file, from, to] of sizes) {
        if (!source.includes(from)) throw new Error(`${file} has no ${from}`);
        source = source.replace(from, to);
      }
      return { ...loaded, source };
    },
  });
}

/** `file:line` of the engine's source from which the running code was called. */
const place = (): string | undefined => {
  const holder: { stack?: NodeJS.CallSite[] } = {};
  const { prepareStackTrace } = Error;
  Error.prepareStackTrace = (_, frames) => frames;
  Error.captureStackTrace(holder, place);
  const { stack = [] } = holder;
  Error.prepareStackTrace = prepareStackTrace;
  for (const frame of stack) {
    const file = frame.getFileName() ?? "";
    const at = file.lastIndexOf("/packages/runtime/src/");
    if (at >= 0) return `${file.slice(at + "/packages/runtime/src/".length)}:${frame.getLineNumber()}`;
  }
  return undefined;
};

const { SystemClock, settle } = await import("@qmoi/adapters");
const { simulateSeeds } = await import("@qmoi/simulator");
const breathe = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
const { dropped, ...options } = task;
const result = await simulateSeeds({
  ...options,
  ...(dropped ? { dropped: new Set(dropped) } : {}),
  settle,
  clock: new SystemClock(),
  place,
  progress: async (done) => {
    parentPort?.postMessage({ done: done.seed });
    await breathe();
  },
});
parentPort?.postMessage({ result });
