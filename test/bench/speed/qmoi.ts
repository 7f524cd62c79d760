import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type LocalSystem, openLocal } from "@qmoi/local";
import { measureHere } from "./child.ts";
import type { Options, Subject, Where } from "./subject.ts";

const task = (name: string, needs: readonly string[] = [], module = "inline:noop") => ({
  name,
  type: "noop",
  target: { type: "function", module } as const,
  needs: [...needs],
});
const names = (count: number, letter: string): string[] => Array.from({ length: count }, (_, n) => `${letter}${n}`);

const single = { name: "single", tasks: [task("t")] };
const graph = {
  name: "graph",
  tasks: [task("a"), ...names(8, "b").map((name) => task(name, ["a"])), task("c", names(8, "b"))],
};
const urgent = { name: "urgent", priority: 10, tasks: [task("t", [], "inline:urgent")] };
const background = (tasks: number) => ({
  name: "background",
  priority: 1,
  tasks: names(tasks, "t").map((name) => task(name, [], "inline:background")),
});

/** QMOI in this process, on a file. `slots` of its pool; `clients` that ask for runs at a time; `single`: a run for each task. */
export const openQmoi = async (options: Options, { folder, survives }: Where): Promise<Subject> => {
  const { slots = 256, clients = 500, oneEach = 0 } = options;
  const configDir = join(folder, "config");
  const started: ((at: number) => void)[] = [];
  let queued = 0;
  const inline = new Map<string, () => unknown>([
    ["noop", () => null],
    ["urgent", () => void started.shift()?.(performance.now())],
    ["background", () => void queued--],
  ]);
  writeConfig(configDir, slots);
  const system = await openLocal({ dataDir: join(folder, "data"), configDir, inline, survives });
  await system.start();
  const { plane } = system;
  for (const workflow of [single, graph, urgent, background(1000)]) await plane.publish(workflow);
  const start = async (workflow: string, runs: number): Promise<void> => {
    let left = runs;
    const client = async (): Promise<void> => {
      while (left-- > 0) await plane.startRun({ workflow });
    };
    await Promise.all(Array.from({ length: Math.min(clients, runs) }, client));
  };
  return {
    prepare: async (tasks) => {
      if (oneEach === 0) await plane.publish({ name: "many", tasks: names(tasks, "t").map((name) => task(name)) });
    },
    independent: async (tasks) => {
      if (oneEach === 1) await start("single", tasks);
      else await start("many", 1);
      await allEnded(system);
    },
    graphs: async (graphs) => {
      await start("graph", graphs);
      await allEnded(system);
    },
    startOne: () =>
      new Promise((resolve, reject) => {
        started.push(resolve);
        plane.startRun({ workflow: "urgent" }).catch(reject);
      }),
    queue: async (tasks) => {
      queued += tasks;
      await start("background", tasks / 1000);
    },
    get queued() {
      return queued;
    },
    close: () => system.stop(),
  };
};

const writeConfig = (folder: string, slots: number): void => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "parallel_processing.json"), JSON.stringify({ pools: { default: { slots } }, maxRunningTasks: 10_000 }));
  writeFileSync(join(folder, "memory_optimization.json"), JSON.stringify({ taskMemory: 0 }));
};

/** A run leaves the decider's memory when its end is stored. */
const allEnded = async ({ engine }: LocalSystem): Promise<void> => {
  while (engine.decider.runs.size > 0) await sleep(1);
};

if (import.meta.main) await measureHere(openQmoi);
