import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryTable, SqliteTable } from "@qmoi/adapters";
import type { Change } from "@qmoi/core";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { operations } from "./model/operations.ts";
import { Met, SUCCESSES, sameHistory } from "./model/same-history.ts";

const EVERY_WAY = [
  ...SUCCESSES,
  ...["get", "put", "delete", "query", "queryIndex"].map((op) => `${op} QMOI_INVALID_KEY`),
  ...["put", "delete"].map((op) => `${op} QMOI_CONFLICT`),
  ...["query", "queryIndex"].map((op) => `${op} QMOI_INVALID_INPUT`),
  "put QMOI_TOO_LARGE",
  "together",
];

describe("SqliteTable does as MemoryTable does", () => {
  const folder = mkdtempSync(join(tmpdir(), "qmoi-model-"));
  let files = 0;
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const met = new Met();
  it("in results, error codes, sequence numbers and changes, for any history", async () => {
    await fc.assert(
      fc.asyncProperty(operations(true), async (history) => {
        const file = join(folder, `${files++}.db`);
        const memory = new MemoryTable();
        let sqlite = SqliteTable.open(file);
        const told: Record<"memory" | "sqlite", Change[]> = { memory: [], sqlite: [] };
        await memory.subscribe((changes) => void told.memory.push(...changes));
        await sqlite.subscribe((changes) => void told.sqlite.push(...changes));
        await sameHistory(history, memory, sqlite, { orderedTies: true }, met);
        while (told.sqlite.length < told.memory.length) await new Promise((resolve) => setImmediate(resolve));
        const plain = (changes: readonly Change[]) => changes.map(({ key, item, old }) => ({ key, item, old }));
        expect(plain(told.sqlite)).toEqual(plain(told.memory));
        await sqlite.close();
        sqlite = SqliteTable.open(file);
        await sameHistory([{ op: "put", item: { pk: "p", sk: "last", v: 1 }, options: {} }], memory, sqlite, { orderedTies: true }, met);
        await sqlite.close();
      }),
      { numRuns: 50, interruptAfterTimeLimit: 40_000 },
    );
    expect([...met.ways]).toEqual(expect.arrayContaining(EVERY_WAY));
  });
});
