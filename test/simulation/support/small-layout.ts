import type { Patch } from "./patch-source.ts";

/** Sizes that decide how a run is spread over items, made small: few tasks fill many items then; and days that are empty in a world of minutes. */
export const SMALL: readonly Patch[] = [
  { file: "/advanced-automation/src/run-state.ts", from: "PART_TASKS = 2000", to: "PART_TASKS = 8" },
  { file: "/runtime/src/items.ts", from: "ATTEMPT_TASKS = 500", to: "ATTEMPT_TASKS = 5" },
  { file: "/runtime/src/items.ts", from: "INLINE_TASKS = 500", to: "INLINE_TASKS = 6" },
  { file: "/runtime/src/statistics.ts", from: "LEARN_DAYS = 14", to: "LEARN_DAYS = 2" },
];
