import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { MemoryTable, SqliteTable, type SqliteTableOptions } from "@qmoi/adapters";
import type { Item, SubscribeOptions, Table } from "@qmoi/core";
import { readOptions } from "../../scripts/read-options.ts";

const IN_FLIGHT = 64;
const TOKEN = "0123456789abcdef0123456789abcdef";

const HELP = `Writes a second through the Table interface: each task is one put-if-absent and one put under \`equals\` of items of about
400 bytes, 64 tasks in flight. Beside it, in the same process, what bare prepared statements of node:sqlite do with the same items.

  node test/bench/table.ts [--tasks 100000] [--rounds 3] [--json]`;

const { values } = readOptions(HELP, {
  tasks: { type: "string", default: "100000" },
  rounds: { type: "string", default: "3" },
  json: { type: "boolean", default: false },
});
const tasks = Number(values.tasks);
const folder = mkdtempSync(join(tmpdir(), "qmoi-bench-"));
let files = 0;
const newFile = (): string => join(folder, `${files++}.db`);

/** Twenty runs at a time, each task in its run's partition of 500, as the engine lays attempts out. */
const claimed = (n: number): Item => {
  const run = Math.floor(n / 20_000) * 20 + (n % 20);
  const task = Math.floor((n % 20_000) / 20);
  return {
    pk: `R#01J${String(run).padStart(8, "0")}#${Math.floor(task / 500)}`,
    sk: `${String(task).padStart(6, "0")}#01`,
    v: 1,
    sv: 1,
    ttl: 1_790_000_000,
    state: "running",
    token: TOKEN,
    worker: "worker-01J8ZQ4T",
    task: `task-${task}`,
    type: "process/transform",
    queuedAt: 1_790_000_000_000 + n,
    readyAt: 1_790_000_000_000 + n,
    startedAt: 1_790_000_000_001 + n,
    leaseUntil: 1_790_000_060_000 + n,
  };
};
const ended = (item: Item, n: number): Item => ({
  ...item,
  v: 2,
  state: "succeeded",
  endedAt: 1_790_000_000_101 + n,
  cpuSeconds: 0.012,
  peakMemoryBytes: 10_485_760,
  output: { rows: n, file: `part-${n}.parquet` },
});

const claim = { when: { site: "bench.claim", absent: true } } as const;
const end = { when: { site: "bench.end", equals: { token: TOKEN, state: "running" } } } as const;

const throughTable = async (table: Table): Promise<void> => {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let n = next++; n < tasks; n = next++) {
      const item = claimed(n);
      await table.put(item, claim);
      await table.put(ended(item, n), end);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  await table.close();
};

/** The least that SQLite can do it with: no interface, no promise, no check, no sequence number, the whole batch known beforehand. */
const bare = async (): Promise<void> => {
  const db = new DatabaseSync(newFile());
  db.exec("PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536");
  db.exec("CREATE TABLE items (pk TEXT, sk TEXT, doc TEXT, PRIMARY KEY (pk, sk)) STRICT");
  const insert = db.prepare("INSERT INTO items VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
  const update = db.prepare("UPDATE items SET doc = ? WHERE pk = ? AND sk = ? AND doc -> '$.token' = ? AND doc -> '$.state' = ?");
  for (let first = 0; first < tasks; first += IN_FLIGHT) {
    const items = Array.from({ length: Math.min(IN_FLIGHT, tasks - first) }, (_, i) => claimed(first + i));
    db.exec("BEGIN IMMEDIATE");
    for (const item of items) insert.run(item.pk, item.sk, JSON.stringify(item));
    db.exec("COMMIT");
    db.exec("BEGIN IMMEDIATE");
    for (const [i, item] of items.entries()) {
      update.run(JSON.stringify(ended(item, first + i)), item.pk, item.sk, JSON.stringify(TOKEN), '"running"');
    }
    db.exec("COMMIT");
    await new Promise((resolve) => setImmediate(resolve));
  }
  db.close();
};

const onSqlite = (options: SqliteTableOptions, listen?: SubscribeOptions) => async (): Promise<void> => {
  const table = SqliteTable.open(newFile(), options);
  if (listen !== undefined) await table.subscribe(() => undefined, listen);
  await throughTable(table);
};

const subjects: Record<string, () => Promise<void>> = {
  "node:sqlite, bare prepared statements": bare,
  SqliteTable: onSqlite({}),
  "SqliteTable with a subscriber": onSqlite({}, { old: false }),
  "SqliteTable with one to old images": onSqlite({}, {}),
  "SqliteTable that survives loss of power": onSqlite({ survives: "power" }),
  MemoryTable: () => throughTable(new MemoryTable()),
};

interface Measured {
  readonly subject: string;
  readonly writesPerSecond: number;
  readonly cpuMicrosPerWrite: number;
}

const measure = async (subject: string, run: () => Promise<void>): Promise<Measured> => {
  const cpu = process.cpuUsage();
  const began = performance.now();
  await run();
  const seconds = (performance.now() - began) / 1000;
  const used = process.cpuUsage(cpu);
  return { subject, writesPerSecond: (2 * tasks) / seconds, cpuMicrosPerWrite: (used.user + used.system) / (2 * tasks) };
};

const median = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

const rounds = new Map<string, Measured[]>();
// Round by round, so that a slow moment of the machine doesn't fall on one subject alone.
for (let round = 0; round < Number(values.rounds); round++) {
  for (const [subject, run] of Object.entries(subjects)) rounds.set(subject, [...(rounds.get(subject) ?? []), await measure(subject, run)]);
}
rmSync(folder, { recursive: true, force: true });

const results: Measured[] = [...rounds].map(([subject, measured]) => ({
  subject,
  writesPerSecond: Math.round(median(measured.map((each) => each.writesPerSecond))),
  cpuMicrosPerWrite: Number(median(measured.map((each) => each.cpuMicrosPerWrite)).toFixed(2)),
}));
if (values.json) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
else {
  for (const { subject, writesPerSecond, cpuMicrosPerWrite } of results) {
    process.stdout.write(
      `${subject.padEnd(40)} ${String(writesPerSecond).padStart(8)} writes/s ${cpuMicrosPerWrite.toFixed(2).padStart(7)} µs CPU/write\n`,
    );
  }
}
