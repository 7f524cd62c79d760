import type { EngineSettings } from "@qmoi/runtime";

/** Settings of the engines that all worlds have: short times and small sizes, so that timeouts, blobs and cut output are met often. */
export const WORLD_SETTINGS = {
  enabled: true,
  tick: "rate(1 minute)",
  pauseAboveMemory: 0.9,
  resumeBelowMemory: 0.8,
  defaultTimeoutMs: 5_000,
  learnedTimeoutFactor: 10,
  learnedTimeoutFloorMs: 5_000,
  inlineOutputBytes: 150,
  capturedOutputBytes: 1_000,
  historyDays: 30,
  deadLetterDays: 30,
  learnsMemory: true,
  functionMemoryBytes: 1e8,
} as const satisfies Partial<EngineSettings>;
