import { Worker } from "node:worker_threads";
import { DroppingTable } from "@qmoi/adapters";
import { CHECK_PATTERNS, CHECKS } from "../scenes/checks.ts";
import { SCENES } from "../scenes/index.ts";
import { RUNTIME, runtimeSources } from "./call-sites.ts";
import type { Patch } from "./patch-source.ts";

/** The engine without one condition (by its site) or without one check (by a patch of its source). */
export interface MutantTask {
  readonly name: string;
  readonly site?: string;
  readonly check?: string;
  readonly patch?: Patch;
  /** Seeds to live through, at most, until one notices. */
  readonly seeds: number;
}

/** Who noticed: a scene, by what it said, and the first seed. */
export interface MutantResult {
  readonly scene?: string;
  readonly seed?: { readonly seed: number; readonly invariant: string };
}

/** Sites of conditions in the engine's source. */
export const conditionsInSource = (): string[] => {
  const text = runtimeSources()
    .map((file) => file.text)
    .join("\n");
  const found = [...text.matchAll(/(?:site: |unchanged\(|putHeader\([^;]*, )"([a-z]+\.[a-z]+)"/g)].map((match) => match[1] as string);
  return [...new Set(found)].sort();
};

/** How many checks of control and token the engine's source has. */
export const checksInSource = (): number => {
  const texts = new Map(runtimeSources().map(({ path, text }) => [path.slice(RUNTIME.length), text]));
  return CHECK_PATTERNS.reduce((sum, [file, pattern]) => sum + (texts.get(file) ?? "").split(pattern).length - 1, 0);
};

/** Conditions in the order in which the scenes meet them: in the simulated store, or in a DroppingTable of their own. */
export const conditionsAsUsed = async (): Promise<string[]> => {
  const used = new Set<string>();
  const { put, delete: remove } = DroppingTable.prototype;
  DroppingTable.prototype.put = function (...[item, options]) {
    if (options?.when) used.add(options.when.site);
    return put.call(this, item, options);
  };
  DroppingTable.prototype.delete = function (...[key, options]) {
    if (options?.when) used.add(options.when.site);
    return remove.call(this, key, options);
  };
  const note = (sites: Iterable<string>): void => {
    for (const site of sites) used.add(site);
  };
  for (const play of Object.values(SCENES).flat()) await play({ used: note });
  Object.assign(DroppingTable.prototype, { put, delete: remove });
  return [...used];
};

export const mutantTasks = (conditions: readonly string[], seeds: number): MutantTask[] => [
  ...conditions.map((site, k) => ({ name: `condition ${k + 1} ${site}`, site, seeds })),
  ...Object.entries(CHECKS).map(([check, { file, from, to }], k) => ({
    name: `check ${k + 1} ${check}`,
    check,
    patch: { file: `/${RUNTIME}${file}`, from, to },
    seeds,
  })),
];

/** Runs one mutant in a thread of its own. */
export const runMutant = (task: MutantTask): Promise<MutantResult> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./mutant-worker.ts", import.meta.url), { workerData: task });
    worker.on("message", resolve);
    worker.on("error", reject);
    worker.on("exit", () => reject(new Error(`${task.name} ended without a result`)));
  });
