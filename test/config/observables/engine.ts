import { fileURLToPath } from "node:url";
import { FunctionTarget } from "@qmoi/adapters";
import { MODULES } from "@qmoi/config";
import { type Json, sleep } from "@qmoi/core";
import type { Observable } from "../observable.ts";
import { inLab, Lab, type LabOptions, succeed, type Task, type Work } from "./lab.ts";

const DAY_S = 86_400;
const MEGABYTE = 1e6;
const http: Task = { target: { type: "http", url: "http://example.com" } };
const fn: Task = { target: { type: "function", module: "./f.ts" } };

/** Uses little memory, and waits a moment for a second call beside it. */
const lean: Work = async (_, lab) => {
  await lab.together(2);
  return { ok: true, output: null, use: { peakMemoryBytes: 10 * MEGABYTE } };
};

/** Each call waits for a second one to be under way, as long as that may take. */
const inPairs: Work = async (_, lab) => {
  await lab.together(2);
  return succeed(null);
};

/** Most tasks under way at a time, of two that wait for each other. */
const sideBySide = (task: Task, options: LabOptions = {}): Observable["observe"] =>
  inLab({ work: inPairs, ...options }, async (lab) => {
    await lab.run([task, task]);
    return lab.most;
  });

const briefly: Work = async (_, lab) => {
  await sleep(lab.clock, 20);
  return succeed(null);
};

/** Seconds that an attempt is given, before there is history and after. */
const timeouts: Observable["observe"] = inLab({ work: briefly }, async (lab) => {
  const tasks: readonly Task[] = Array.from({ length: 20 }, () => ({ type: "same" }));
  await lab.run(tasks);
  await lab.run([{ type: "same" }]);
  return [lab.calls[0]?.timeoutMs, lab.calls.at(-1)?.timeoutMs].map((ms) => Math.round((ms ?? 0) / 1000));
});

/** Days that what a failed run leaves behind is kept. */
const retention = (prefix: string): Observable["observe"] =>
  inLab({ work: () => ({ ok: false, failure: { class: "invalid", code: "x", message: "x" } }) }, async (lab) => {
    await lab.run([{}]);
    const now = lab.clock.now() / 1000;
    const ends = (await lab.items(prefix)).flatMap(({ ttl }) => (ttl === undefined ? [] : [ttl]));
    return [...new Set(ends.map((ttl) => Math.round((ttl - now) / DAY_S)))];
  });

/** Whether work starts on a host that uses a share of its memory now, having used another share before. */
const startsAt = (before: number, now: number): Observable["observe"] => {
  let used = before;
  const host = { available: () => ({ cpu: 1000, memory: 1e15, disk: 1e15 }), memoryUsed: () => used };
  return (config) => {
    used = before;
    const experiment = inLab({ host }, async (lab) => {
      await lab.begin([{}]);
      await lab.together(1);
      used = now;
      await lab.engine.tick();
      await lab.together(1);
      return lab.calls.length;
    });
    return experiment(config);
  };
};

const talkative: Work = (call) => {
  call.output("stdout", new Uint8Array(5000).fill(65));
  return succeed(null);
};

const small = { available: () => ({ cpu: 1000, memory: 200 * MEGABYTE, disk: 1e15 }), memoryUsed: () => 0 };
const outputOf =
  (characters: number): LabOptions["work"] =>
  () =>
    succeed("x".repeat(characters));

/** Threads that it took to run two functions side by side, twice. */
const threads: Observable["observe"] = async (config) => {
  const baseDir = fileURLToPath(new URL("./fixtures/", import.meta.url));
  const target = new FunctionTarget({ baseDir, baseEnv: {}, size: () => config.parallel.functionWorkers });
  const task: Task = { target: { type: "function", module: "./thread.ts", export: "thread" } };
  const experiment = inLab({ runners: [target] }, async (lab) => {
    const runs = [await lab.run([task, task]), await lab.run([task, task])];
    const pages = await Promise.all(runs.map((run) => lab.plane.history({ run })));
    return new Set(pages.flatMap(({ items }) => items.map(({ output }) => output))).size;
  });
  return experiment(config).finally(() => target.close());
};

/** How long the engine waits until it derives everything again. */
const untilTick: Observable["observe"] = async (config) => {
  const asked: number[] = [];
  const lab = new Lab(config, {});
  const after = lab.clock.after.bind(lab.clock);
  lab.clock.after = (ms, fn) => {
    asked.push(ms);
    return after(ms, fn);
  };
  await lab.engine.start();
  await lab.engine.stop();
  return asked.some((ms) => ms > 120_000);
};

const engineModule = (settings: { readonly [key: string]: Json }): Observable["change"] => ({
  master: { modules: { "advanced-automation": settings } },
});

/** What the engine makes of its settings. */
export const engineObservables: readonly Observable[] = [
  { leaf: "master.modules.advanced-automation.schedule", change: engineModule({ schedule: "rate(365 days)" }), observe: untilTick },
  {
    leaf: "master.modules.advanced-automation.enabled",
    base: { master: { modules: Object.fromEntries(MODULES.map((name) => [name, { needs: [] }])) } },
    change: engineModule({ enabled: false }),
    observe: inLab({}, async (lab) => {
      await lab.begin([{}]);
      await lab.together(1);
      return lab.calls.length;
    }),
  },
  { leaf: "parallel.maxRunningTasks", change: { parallel: { maxRunningTasks: 1 } }, observe: sideBySide({}) },
  { leaf: "parallel.httpConcurrency", change: { parallel: { httpConcurrency: 1 } }, observe: sideBySide(http) },
  { leaf: "parallel.functionWorkers", change: { parallel: { functionWorkers: 1 } }, observe: threads },
  { leaf: "errors.timeout.default", change: { errors: { timeout: { default: 1234 } } }, observe: timeouts },
  { leaf: "errors.timeout.learnedFloor", change: { errors: { timeout: { learnedFloor: 77 } } }, observe: timeouts },
  {
    leaf: "errors.timeout.learnedFactor",
    base: { errors: { timeout: { learnedFloor: 1 } } },
    change: { errors: { timeout: { learnedFactor: 1000 } } },
    observe: timeouts,
  },
  { leaf: "errors.retention.historyDays", change: { errors: { retention: { historyDays: 7 } } }, observe: retention("R#") },
  { leaf: "errors.retention.deadLetterDays", change: { errors: { retention: { deadLetterDays: 7 } } }, observe: retention("DL#") },
  { leaf: "memory.taskMemory", change: { memory: { taskMemory: 64 * MEGABYTE } }, observe: sideBySide({}, { host: small }) },
  {
    leaf: "master.resource_optimization",
    change: { master: { resource_optimization: false } },
    observe: inLab({ host: small, work: lean }, async (lab) => {
      await lab.run([{ type: "lean" }]);
      const before = lab.most;
      await lab.run([{ type: "lean" }, { type: "lean" }]);
      return [before, lab.most];
    }),
  },
  {
    leaf: "memory.functionWorkerMemory",
    change: { memory: { functionWorkerMemory: 64 * MEGABYTE } },
    observe: inLab({}, async (lab) => {
      await lab.run([fn]);
      return lab.calls[0]?.memoryBytes;
    }),
  },
  {
    leaf: "memory.capturedOutput",
    change: { memory: { capturedOutput: 1024 } },
    observe: inLab({ work: talkative }, async (lab) => {
      const run = await lab.run([{}]);
      const { items } = await lab.plane.logs(run, "t0");
      return items.filter(({ stream }) => stream === "stdout").reduce((sum, { text }) => sum + text.length, 0);
    }),
  },
  {
    leaf: "memory.inlineOutput",
    change: { memory: { inlineOutput: 1000 } },
    observe: inLab({ work: outputOf(2000) }, async (lab) => {
      const before = lab.blobs.size;
      await lab.run([{}]);
      return [...lab.blobs.values()].slice(before).some((bytes) => bytes.length >= 2000 && Buffer.from(bytes).includes("xxxx"));
    }),
  },
  { leaf: "memory.host.pauseAbove", change: { memory: { host: { pauseAbove: 0.99 } } }, observe: startsAt(0.97, 0.97) },
  { leaf: "memory.host.resumeBelow", change: { memory: { host: { resumeBelow: 0.94 } } }, observe: startsAt(0.97, 0.92) },
];
