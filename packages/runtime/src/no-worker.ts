import type { EngineWorker } from "./engine-options.ts";

/** In an engine that runs no attempts. */
export const noWorker = (): EngineWorker => ({
  running: new Map(),
  draining: false,
  handle: () => Promise.reject(new Error("This engine was given no worker: it runs no attempts.")),
  watch: async () => undefined,
  abortAll: () => undefined,
});
