import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SqliteTable, SystemClock } from "@qmoi/adapters";
import { giveBack } from "@qmoi/master-automation";
import { changeControl, emergencyStop } from "@qmoi/runtime/commands";
import { readOptions } from "../../scripts/read-options.ts";
import { bareEngine } from "../support/bare-engine.ts";

const WIDTH = 1_000;
const WORKERS = 16;
const TASK_MS = 20;

export interface Stopped {
  /** Who wrote: the process that works, or another one. */
  readonly by: "server" | "table alone";
  readonly queued: number;
  /** Effects begun in the second before the write was sent. */
  readonly before: number;
  /** From the write's sending to its confirmation, ms. */
  readonly writeMs: number;
  /** From the write's confirmation to the beginning of the last effect, ms; negative: it began before. */
  readonly lastMs: number;
}

/** Stops `times` times in one store; each time after work has gone on for a while. */
export const measure = async (queued: number, repeat: number): Promise<readonly Stopped[]> => {
  const folder = mkdtempSync(join(tmpdir(), "qmoi-stop-"));
  const table = SqliteTable.open(join(folder, "qmoi.db"));
  // Of what this connection writes, the engine hears nothing: its workers only read it.
  const alone = SqliteTable.open(join(folder, "qmoi.db"), { shared: true });
  const clock = new SystemClock();
  const begun: number[] = [];
  const { engine, plane } = bareEngine(
    table,
    async () => {
      begun.push(clock.monotonic());
      await new Promise((resolve) => setTimeout(resolve, TASK_MS));
      return { ok: true };
    },
    { config: { parallel: { pools: { default: { slots: WORKERS, largestTask: 1 } } } } },
  );
  try {
    await plane.publish({
      name: "wide",
      tasks: Array.from({ length: WIDTH }, (_, n) => ({ name: `t${n}`, target: { type: "wait", seconds: 0 } })),
    });
    for (let n = 0; n < queued / WIDTH; n++) await plane.startRun({ workflow: "wide" });
    await engine.start();
    const all: Stopped[] = [];
    for (let n = 0; n < repeat; n++) {
      const from = begun.length;
      while (begun.length < from + WORKERS * 10) await new Promise((resolve) => setTimeout(resolve, 10));
      const sent = clock.monotonic();
      const by = n % 2 === 0 ? "server" : "table alone";
      const { epoch } = await emergencyStop(
        { table: by === "server" ? table : alone, clock },
        { id: `c${n}`, who: "bench", discard: false },
      );
      const confirmed = clock.monotonic();
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      const last = begun.at(-1) ?? sent;
      all.push({
        by,
        queued: queued - begun.length,
        before: begun.filter((at) => at <= sent && at > sent - 1_000).length,
        writeMs: confirmed - sent,
        lastMs: last - confirmed,
      });
      if (epoch < 1) throw new Error("no epoch");
      await changeControl(
        { table, clock },
        { apply: (control) => giveBack(control, "advanced-automation", ["advanced-automation"]), by: `s${n}`, who: "bench" },
      );
    }
    return all;
  } finally {
    await engine.stop();
    await alone.close();
    await table.close();
    rmSync(folder, { recursive: true });
  }
};

const HELP = `How long after the one write of an emergency stop the last effect begins, with 16 busy workers and many queued tasks on SQLite.

  node test/bench/emergency-stop.ts [tasks] [times]    a million and five otherwise`;

if (import.meta.main) {
  const [tasks = 1_000_000, times = 5] = readOptions(HELP, {}, 2).positionals.map(Number);
  const began = performance.now();
  const all = await measure(tasks, times);
  for (const one of all)
    console.log(
      `by the ${one.by}: ${one.queued} queued, ${one.before} effects in the second before: written in ${one.writeMs.toFixed(1)} ms, last effect ${one.lastMs.toFixed(1)} ms after`,
    );
  console.log(
    `worst ${Math.max(...all.map(({ lastMs }) => lastMs)).toFixed(1)} ms; ${((performance.now() - began) / 1000).toFixed(0)} s in all`,
  );
}
