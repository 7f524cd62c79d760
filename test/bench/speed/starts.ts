/** Measures starts of processes and worker threads, which cost what the operating system takes for them, apart from the engine. */
import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { openLocal } from "@qmoi/local";
import { quantile } from "./subject.ts";

export interface StartsAssignment {
  readonly kind: "process" | "thread";
  readonly tasks: number;
  readonly samples: number;
  readonly folder: string;
}

/** `perSecond` at as many slots as processors; `p50` and `p99`: ms from asking for a run of one task until its end is stored. */
export interface StartFigures {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

const TARGETS = {
  process: { type: "process", command: "true" },
  thread: { type: "function", module: fileURLToPath(new URL("noop.ts", import.meta.url)), export: "noop" },
} as const;

const measureStarts = async ({ kind, tasks, samples, folder }: StartsAssignment): Promise<StartFigures> => {
  const configDir = join(folder, "config");
  mkdirSync(configDir, { recursive: true });
  const slots = availableParallelism();
  writeFileSync(join(configDir, "parallel_processing.json"), JSON.stringify({ pools: { default: { slots } }, functionWorkers: slots }));
  writeFileSync(join(configDir, "memory_optimization.json"), JSON.stringify({ taskMemory: 0 }));
  const { plane, engine, start, stop } = await openLocal({ dataDir: join(folder, "data"), configDir });
  await start();
  const task = (n: number) => ({ name: `t${n}`, type: "noop", target: TARGETS[kind] });
  await plane.publish({ name: "many", tasks: Array.from({ length: tasks }, (_, n) => task(n)) });
  await plane.publish({ name: "one", tasks: [task(0)] });
  const run = async (workflow: string, pause: number): Promise<number> => {
    const began = performance.now();
    await plane.startRun({ workflow });
    while (engine.decider.runs.size > 0) await (pause === 0 ? new Promise((resolve) => setImmediate(resolve)) : sleep(pause));
    return performance.now() - began;
  };
  await run("one", 1);
  const took = await run("many", 1);
  const seen: number[] = [];
  for (let n = 0; n < samples; n++) {
    await sleep(2 + (n % 7));
    seen.push(await run("one", 0));
  }
  await stop();
  seen.sort((a, b) => a - b);
  return { perSecond: tasks / (took / 1000), p50: quantile(seen, 0.5), p99: quantile(seen, 0.99) };
};

if (import.meta.main) {
  const figures = await measureStarts(JSON.parse(process.argv[2] ?? "") as StartsAssignment);
  process.stdout.write(`\n${JSON.stringify(figures)}\n`, () => process.exit());
}
