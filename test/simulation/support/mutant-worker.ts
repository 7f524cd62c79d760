// A thread in which one condition or check of the engine is missing: tells which scene and which seed notice.
import { parentPort, workerData } from "node:worker_threads";
import type { MutantResult, MutantTask } from "./mutants.ts";
import { patchSource } from "./patch-source.ts";

const { site, patch, check, seeds } = workerData as MutantTask;
if (patch) patchSource([patch]);
Error.stackTraceLimit = 0;

const { settle } = await import("@qmoi/adapters");
const { simulateSeed } = await import("@qmoi/simulator");
const { SCENES } = await import("../scenes/index.ts");
const { CHECKS } = await import("../scenes/checks.ts");
const scenes = site === undefined ? (CHECKS[check as string]?.scenes ?? []) : (SCENES[site] ?? []);
let scene: string | undefined;
for (const play of scenes) scene ??= await play(site === undefined ? {} : { dropped: [site] });
let seed: MutantResult["seed"];
for (let n = 1; n <= seeds && !seed; n++) {
  const { violation } = await simulateSeed({ seed: n, settle, ...(site === undefined ? {} : { dropped: new Set([site]) }) });
  if (violation) seed = { seed: n, invariant: violation.invariant };
}
parentPort?.postMessage({ ...(scene === undefined ? {} : { scene }), ...(seed ? { seed } : {}) } satisfies MutantResult);
