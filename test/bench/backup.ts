import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SqliteTable } from "@qmoi/adapters";
import { packBits } from "@qmoi/advanced-automation";
import { LOCAL } from "@qmoi/core";
import { openLocal } from "@qmoi/local";
import { keys } from "@qmoi/runtime";
import { readOptions } from "../../scripts/read-options.ts";

const HELP = `Times of a backup of 100,000 tasks and of its restore, and the memory they take. The tasks are ended attempts in runs of 500, on SQLite in a new folder.

  node test/bench/backup.ts [tasks]`;

const TASKS = Number(readOptions(HELP, {}, 1).positionals[0] ?? 100_000);
const OF_RUN = 500;
const folder = mkdtempSync(join(tmpdir(), "qmoi-bench-backup-"));
const wait = { type: "wait" as const, seconds: 0 };
const workflow = { name: "bench", tasks: Array.from({ length: OF_RUN }, (_, n) => ({ name: `t${n}`, target: wait })) };

const fill = async (version: string): Promise<void> => {
  const table = SqliteTable.open(join(folder, "qmoi.db"));
  const now = Date.now();
  const b = packBits(new Uint8Array(OF_RUN).fill(8), 0, OF_RUN);
  for (let run = 0; run < TASKS / OF_RUN; run++) {
    const id = `bench${String(run).padStart(6, "0")}`;
    const times = { ca: now, sa: now, ea: now };
    const header = {
      ...keys.header(id),
      v: 3,
      sv: 1,
      i1p: "W#bench",
      i1s: `${now}#${id}`,
      wf: "bench",
      ver: version,
      st: "succeeded",
      pr: 5,
    };
    const attempts = Array.from({ length: OF_RUN }, (_, task) => ({
      ...keys.attempt(id, task, 1),
      ...{
        v: 2,
        s: "succeeded",
        w: "worker",
        tk: `${id}${task}`,
        le: now,
        ra: now,
        ga: now,
        sa: now,
        ea: now,
        fo: 1,
        ss: 2 * task,
        es: 2 * task + 1,
      },
      o: { rows: task, file: `part-${task}.csv` },
    }));
    await Promise.all([table.put({ ...header, ...times, n: OF_RUN, small: true, b }), ...attempts.map((item) => table.put(item))]);
  }
  await table.close();
};

/** Most resident memory while something is done, and how long that took. */
const measured = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
  const began = performance.now();
  const before = process.memoryUsage().rss;
  let peak = before;
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss);
  }, 20);
  const done = await work();
  clearInterval(timer);
  const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;
  console.log(
    `${name.padEnd(8)} ${((performance.now() - began) / 1000).toFixed(1)} s, memory ${mebibytes(before)} → ${mebibytes(peak)} at most`,
  );
  return done;
};

try {
  const first = await openLocal({ dataDir: folder });
  const { version } = await first.plane.publish(workflow);
  await first.stop();
  await fill(version);
  const system = await openLocal({ dataDir: folder });
  await system.start();
  const backup = await measured("backup", () => system.backups.create({ who: LOCAL }));
  console.log(`         ${backup.items} items, ${(backup.plainBytes / 1e6).toFixed(1)} MB as ${(backup.bytes / 1e6).toFixed(1)} MB`);
  const report = await measured("restore", () => system.backups.restore(backup.id, { who: LOCAL }));
  console.log(
    `         ${Object.entries(report.counts)
      .map(([kind, count]) => `${count} ${kind}`)
      .join(", ")}; equal: ${report.equal}`,
  );
  await system.stop();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
