import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openLocal } from "@qmoi/local";

/** Tasks of one run of the backlog. */
export const TASKS_A_RUN = 1000;

/** Measured while a backlog of so many tasks stands behind one pool; times in ms, memory in bytes. */
export interface Backlog {
  readonly queued: number;
  /** How long it took to queue them (s). */
  readonly createSeconds: number;
  /** The slowest of some requests of each kind, while work goes on. */
  readonly answers: Readonly<Record<string, number>>;
  /** Resident memory of the process, and of it JavaScript's heap after a collection, where one can be asked for. */
  readonly memory: number;
  readonly heap: number;
  /** Tasks a second that are worked off while the backlog stands and nobody asks. */
  readonly perSecond: number;
  /** Processor time of such a task: what else the machine does has little to do with it. */
  readonly cpuMs: number;
  /** A start of the server over the backlog, until it works (s). */
  readonly restartSeconds: number;
}

export interface BacklogOptions {
  readonly folder: string;
  readonly tasks: number;
  /** How long work is watched (ms). */
  readonly watchMs: number;
}

const task = (n: number) => ({ name: `t${n}`, type: "noop", target: { type: "function", module: "inline:noop" } as const });

/** Queues the tasks in runs of a thousand while the dispatcher is held, lets it go, and asks and watches while it works them off. */
export const measureBacklog = async ({ folder, tasks, watchMs }: BacklogOptions): Promise<Backlog> => {
  const configDir = join(folder, "config");
  mkdirSync(configDir, { recursive: true });
  writeFileSync(join(configDir, "parallel_processing.json"), JSON.stringify({ pools: { default: { slots: 64 } } }));
  writeFileSync(join(configDir, "memory_optimization.json"), JSON.stringify({ taskMemory: 0 }));
  let done = 0;
  const open = () => openLocal({ dataDir: join(folder, "data"), configDir, inline: new Map([["noop", () => void done++]]) });
  let system = await open();
  await system.start();
  system.engine.dispatcher.paused = true;
  await system.plane.publish({ name: "backlog", priority: 1, tasks: Array.from({ length: TASKS_A_RUN }, (_, n) => task(n)) });
  await system.plane.publish({ name: "urgent", priority: 10, tasks: [task(0)] });
  const began = performance.now();
  let last = "";
  for (let n = 0; n < tasks / TASKS_A_RUN; n++) last = (await system.plane.startRun({ workflow: "backlog" })).run;
  await system.engine.decider.settled();
  const createSeconds = (performance.now() - began) / 1000;
  await system.stop();
  // What a server finds that starts over such a backlog.
  const restarted = performance.now();
  system = await open();
  await system.start();
  while (done === 0) await sleep(1);
  const restartSeconds = (performance.now() - restarted) / 1000;
  const { plane } = system;
  const answers: Record<string, number> = {};
  const ask = async (name: string, request: () => Promise<unknown>): Promise<void> => {
    const asked = performance.now();
    await request();
    answers[name] = Math.max(answers[name] ?? 0, performance.now() - asked);
  };
  const [from, since] = [done, performance.now()];
  const used = process.cpuUsage();
  await sleep(watchMs);
  const { user, system: kernel } = process.cpuUsage(used);
  const cpuMs = (user + kernel) / 1000 / Math.max(1, done - from);
  const perSecond = ((done - from) / (performance.now() - since)) * 1000;
  const asking = performance.now();
  while (performance.now() - asking < watchMs) {
    await ask("a page of runs", () => plane.runs({ limit: 50 }));
    await ask("one run", () => plane.run(last));
    await ask("a page of its tasks", () => plane.tasks(last, { limit: 50 }));
    await ask("why a task waits", () => plane.explain(last, "t999"));
    await ask("statistics", () => plane.stats({ by: "type" }));
    await ask("starting a run", () => plane.startRun({ workflow: "urgent" }));
    await sleep(50);
  }
  const memory = process.memoryUsage.rss();
  globalThis.gc?.();
  const heap = process.memoryUsage().heapUsed;
  await system.engine.drain();
  await system.stop();
  return { queued: tasks, createSeconds, answers, memory, heap, perSecond, cpuMs, restartSeconds };
};

if (import.meta.main) {
  const backlog = await measureBacklog(JSON.parse(process.argv[2] ?? "") as BacklogOptions);
  process.stdout.write(`\n${JSON.stringify(backlog)}\n`, () => process.exit());
}
