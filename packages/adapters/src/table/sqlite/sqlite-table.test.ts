import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Change, Item } from "@qmoi/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SqliteTable } from "./sqlite-table.ts";

let folder = "";
let file = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "qmoi-sqlite-"));
  file = join(folder, "deep", "store.db");
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

const item = (sk: string, more: object = {}): Item => ({ pk: "p", sk, v: 1, ...more });
const absent = { when: { site: "t", absent: true } } as const;
const codes = async (writes: readonly Promise<unknown>[]): Promise<unknown[]> =>
  (await Promise.allSettled(writes)).map((each) => (each.status === "fulfilled" ? "none" : (each.reason as { code: string }).code));

/** Opens the store and hands out the connection it opened, to make that misbehave. */
const openWithConnection = (): { table: SqliteTable; db: DatabaseSync } => {
  const exec = vi.spyOn(DatabaseSync.prototype, "exec");
  const table = SqliteTable.open(file);
  const db = exec.mock.contexts[0] as DatabaseSync;
  exec.mockRestore();
  return { table, db };
};

describe("SqliteTable", () => {
  it("keeps items over a restart and goes on counting, also when everything was deleted", async () => {
    const first = SqliteTable.open(file);
    await first.put(item("a"));
    const { seq } = await first.put(item("b"));
    await first.delete({ pk: "p", sk: "b" });
    await first.close();
    const second = SqliteTable.open(file);
    expect(await second.get({ pk: "p", sk: "a" })).toEqual(item("a"));
    await second.delete({ pk: "p", sk: "a" });
    await second.close();
    const third = SqliteTable.open(file);
    const later = await third.put(item("a"));
    await third.close();
    expect(later.seq).toBeGreaterThan((seq ?? 0) + 2);
  });

  it("is tidied: its log lies in the file afterwards, and everything is there", async () => {
    const table = SqliteTable.open(file);
    await Promise.all(Array.from({ length: 100 }, (_, n) => table.put(item(`k${n}`, { text: "x".repeat(1000) }))));
    await Promise.all(Array.from({ length: 50 }, (_, n) => table.delete({ pk: "p", sk: `k${n}` })));
    const { logBytesBefore = 0, logBytesAfter, fileBytes = 0, freeBytes = 0 } = await table.tidy();
    expect(logBytesBefore).toBeGreaterThan(100_000);
    expect(logBytesAfter).toBe(0);
    expect(statSync(file).size).toBe(fileBytes);
    expect(freeBytes).toBeGreaterThan(0);
    expect(await table.get({ pk: "p", sk: "k99" })).toMatchObject({ sk: "k99" });
    await table.close();
  });

  it("commits all writes of a turn together, before any of them resolves", async () => {
    const table = SqliteTable.open(file);
    const batches: (readonly Change[])[] = [];
    await table.subscribe((changes) => void batches.push(changes));
    const other = new DatabaseSync(file, { readOnly: true });
    const count = (): unknown => other.prepare("SELECT count(*) AS n FROM items").get()?.n;
    const resolved: unknown[] = [];
    const writes = Array.from({ length: 100 }, (_, n) => table.put(item(`${n}`)).then(() => resolved.push(count())));
    expect(await table.get({ pk: "p", sk: "0" })).toBeUndefined();
    expect(count()).toBe(0);
    await Promise.all(writes);
    expect(new Set(resolved)).toEqual(new Set([100]));
    expect(batches.map((batch) => batch.length)).toEqual([100]);
    other.close();
    await table.close();
  });

  it("tells versions without looking, and old images only while somebody looks at them", async () => {
    const table = SqliteTable.open(file);
    const told: Change[] = [];
    await table.subscribe((changes) => void told.push(...changes), { old: false });
    const seen = (): unknown => told.splice(0).map(({ v, item, old }) => ({ v, now: item?.v, old: old?.v }));
    await table.put(item("a"));
    await table.put({ ...item("a"), v: 7 });
    expect(seen()).toEqual([
      { v: 1, now: 1, old: undefined },
      { v: 7, now: 7, old: undefined },
    ]);
    await table.subscribe(() => undefined);
    await table.put({ ...item("a"), v: 8 });
    await table.delete({ pk: "p", sk: "a" });
    expect(seen()).toEqual([
      { v: 8, now: 8, old: 7 },
      { v: undefined, now: undefined, old: 8 },
    ]);
    await table.close();
  });

  it("commits what is queued when it is closed", async () => {
    const table = SqliteTable.open(file);
    const put = table.put(item("a"));
    await table.close();
    await put;
    const again = SqliteTable.open(file);
    expect(await again.get({ pk: "p", sk: "a" })).toEqual(item("a"));
    await again.close();
  });

  it("takes more writes in one turn than one transaction holds, in their order", async () => {
    const table = SqliteTable.open(file);
    const writes = Array.from({ length: 10_000 }, (_, n) =>
      table.put(item("same", { v: n }), n === 0 ? absent : { when: { site: "t", v: n - 1 } }),
    );
    expect(new Set(await codes(writes))).toEqual(new Set(["none"]));
    expect((await table.get({ pk: "p", sk: "same" }))?.v).toBe(9999);
    await table.close();
  });

  it("lets two stores on one file count on from each other", async () => {
    const one = SqliteTable.open(file);
    const two = SqliteTable.open(file);
    const seqs: number[] = [];
    for (const table of [one, two, two, one, one, two]) seqs.push((await table.put(item("a"))).seq ?? 0);
    await one.close();
    seqs.push((await two.put(item("a"))).seq ?? 0);
    await two.close();
    const three = SqliteTable.open(file);
    seqs.push((await three.put(item("a"))).seq ?? 0);
    await three.close();
    expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
    expect(seqs.at(-1)).toBe((seqs.at(-2) ?? 0) + 1);
  });

  it("rejects every write of a turn whose commit found the disk full, keeps nothing of them, and works again afterwards", async () => {
    const { table, db } = openWithConnection();
    await table.put(item("before"));
    const pages = Number(db.prepare("PRAGMA page_count").get()?.page_count);
    db.exec(`PRAGMA max_page_count = ${pages + 2}`);
    const large = Array.from({ length: 20 }, (_, n) => table.put(item(`large${n}`, { x: "y".repeat(10_000) }), absent));
    const found = await codes([...large, table.put(item("before", { v: 2 }), { when: { site: "t", v: 7 } })]);
    expect(new Set(found)).toEqual(new Set(["QMOI_STORE_FULL"]));
    expect((await table.query({ pk: "p" })).items).toEqual([item("before")]);
    db.exec("PRAGMA max_page_count = 1000000");
    expect((await table.put(item("after"), absent)).seq).toBeGreaterThan(1);
    expect(await table.get({ pk: "p", sk: "large0" })).toBeUndefined();
    await table.close();
  });

  it("waits for another writer, and says QMOI_STORE_LOCKED beyond its timeout with nothing written", async () => {
    const table = SqliteTable.open(file, { busyTimeoutMs: 20 });
    const other = new DatabaseSync(file);
    other.exec("BEGIN IMMEDIATE");
    expect(await codes([table.put(item("a")), table.put(item("b"))])).toEqual(["QMOI_STORE_LOCKED", "QMOI_STORE_LOCKED"]);
    other.exec("COMMIT");
    other.close();
    expect((await table.query({ pk: "p" })).items).toEqual([]);
    await table.put(item("a"));
    await table.close();
  });

  it("says QMOI_STORE_CORRUPT when what it reads is damaged", async () => {
    const { table, db } = openWithConnection();
    const failure = Object.assign(new Error("database disk image is malformed"), { errcode: 11 });
    await table.put(item("a"));
    vi.spyOn(Object.getPrototypeOf(db.prepare("SELECT 1")), "get").mockImplementation(() => {
      throw failure;
    });
    expect(await codes([table.get({ pk: "p", sk: "a" }), table.put(item("b"))])).toEqual(["QMOI_STORE_CORRUPT", "QMOI_STORE_CORRUPT"]);
    vi.restoreAllMocks();
    await table.close();
  });

  it("folds the log into the file beside the writes, and may be closed while it does", async () => {
    const table = SqliteTable.open(file);
    const before = statSync(file).size;
    const text = "x".repeat(2000);
    for (let n = 0; n < 60; n++) await table.put(item(`${n}`, { text }));
    // Less than a log that a commit would fold by itself.
    expect(statSync(`${file}-wal`).size).toBeLessThan(512 * 8192);
    await vi.waitFor(() => expect(statSync(file).size).toBeGreaterThan(before + 50_000), { timeout: 20_000 });
    await Promise.all(Array.from({ length: 600 }, (_, n) => table.put(item(`last-${n}`))));
    await table.close();
    const again = SqliteTable.open(file);
    expect(await again.get({ pk: "p", sk: "last-599" })).toEqual(item("last-599"));
    await again.close();
  });

  it("finds an index's entries by the index, not by reading the table", async () => {
    const { table, db } = openWithConnection();
    const plan = (sql: string): string => JSON.stringify(db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all());
    const prepare = vi.spyOn(DatabaseSync.prototype, "prepare");
    await table.queryIndex({ index: 1, pk: "a", from: "b", after: Buffer.from('["b","c","d"]').toString("base64url") });
    await table.queryIndex({ index: 2, pk: "a", reverse: true });
    await table.query({ pk: "a", prefix: "b", reverse: true });
    const [first, second, byKey] = prepare.mock.calls.map(([sql]) => plan(sql));
    expect(first).toContain("USING COVERING INDEX items_1");
    expect(second).toContain("USING COVERING INDEX items_2");
    expect(byKey).toContain("USING INDEX sqlite_autoindex_items_1 (pk=? AND sk>? AND sk<?)");
    expect(`${first}${second}${byKey}`).not.toMatch(/TEMP B-TREE|SCAN/);
    await table.close();
  });
});
