// A thread that lives through worlds with restores, in one layout.
import { parentPort, workerData } from "node:worker_threads";
import type { RestoreWorldResult } from "@qmoi/simulator";
import { patchSource } from "./patch-source.ts";
import { SMALL } from "./small-layout.ts";

export interface RestoresTask {
  readonly layout: "full" | "small";
  readonly ranges: readonly {
    readonly from: number;
    readonly seeds: number;
    /** Engines see the table as it is, also while a restore is under way; until a world notices. */
    readonly unsettled?: boolean;
  }[];
}

const { layout, ranges } = workerData as RestoresTask;
if (layout === "small") patchSource(SMALL);
Error.stackTraceLimit = 0;

const { settle } = await import("@qmoi/adapters");
const { simulateRestores } = await import("@qmoi/simulator");
const results: Omit<RestoreWorldResult, "faults">[][] = [];
for (const { from, seeds, unsettled = false } of ranges) {
  const lived: Omit<RestoreWorldResult, "faults">[] = [];
  for (let seed = from; seed < from + seeds; seed++) {
    const { faults: _, ...result } = await simulateRestores({ seed, settle, unsettled });
    lived.push(result);
    if (unsettled && result.violation) break;
  }
  results.push(lived);
}
parentPort?.postMessage(results);
