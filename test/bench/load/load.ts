import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { figure } from "../report/render.ts";
import type { Section, Target } from "../report/section.ts";
import type { Backlog, BacklogOptions } from "./backlog.ts";

interface LoadOptions {
  readonly folder: string;
  readonly scale: number;
  readonly progress: (what: string) => void;
}

const FULL = 1_000_000;
const WATCH_MS = 10_000;
const MB = 1024 ** 2;

/** A backlog of a million tasks on one SQLite file, beside smaller ones. */
export const load = async ({ folder, scale, progress }: LoadOptions): Promise<Section> => {
  const seen: Backlog[] = [];
  for (const share of [0.01, 0.1, 1]) {
    const own = mkdtempSync(join(folder, "backlog-"));
    const backlog = await inFreshProcess({ folder: own, tasks: Math.max(10_000, FULL * scale * share), watchMs: WATCH_MS });
    progress(`${backlog.queued} queued: ${JSON.stringify(backlog)}`);
    rmSync(own, { recursive: true, force: true });
    seen.push(backlog);
  }
  return {
    name: "Load: a backlog on one SQLite file",
    tables: [
      {
        title: "Backlog in runs of 1,000 tasks behind a pool of 64 slots",
        columns: ["queued", "to queue s", "restart to first task s", "tasks/s", "CPU ms a task", "memory MB", "heap MB"],
        rows: seen.map(({ queued, createSeconds, restartSeconds, perSecond, cpuMs, memory, heap }) => [
          queued,
          createSeconds,
          restartSeconds,
          perSecond,
          cpuMs,
          memory / MB,
          heap / MB,
        ]),
      },
      {
        title: "Slowest answer while the backlog is worked off, ms",
        columns: ["queued", ...Object.keys(seen[0]?.answers ?? {})],
        rows: seen.map(({ queued, answers }) => [queued, ...Object.values(answers)]),
      },
    ],
    targets: targetsOf(seen),
    notes: ["`CPU ms a task` tells whether claims get slower: it doesn't depend on what else the machine does."],
  };
};

/** Beyond this the difference is more than noise. */
const SAME = 1.25;

const targetsOf = (seen: readonly Backlog[]): Target[] => {
  const [least, most] = [seen[0] as Backlog, seen.at(-1) as Backlog];
  const slowest = Math.max(...Object.values(most.answers));
  const perTask = (most.heap - least.heap) / Math.max(1, most.queued - least.queued);
  const ratio = most.cpuMs / least.cpuMs;
  return [
    {
      name: `slowest answer, ${figure(most.queued)} queued`,
      target: "≤ 1,000 ms",
      measured: `${figure(slowest)} ms`,
      met: slowest <= 1000,
    },
    {
      name: "memory for each queued task",
      target: "≤ 500 bytes",
      measured: `${figure(perTask)} bytes of heap, ${figure(most.memory / MB)} MB in all`,
      met: perTask <= 500,
    },
    {
      name: "processor time of a task, to that with a hundredth of the backlog",
      target: `≤ ${SAME} ×`,
      measured: `${figure(ratio)} ×`,
      met: ratio <= SAME,
    },
  ];
};

const inFreshProcess = async (options: BacklogOptions): Promise<Backlog> => {
  const file = fileURLToPath(new URL("backlog.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", file, JSON.stringify(options)]);
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Backlog;
};
