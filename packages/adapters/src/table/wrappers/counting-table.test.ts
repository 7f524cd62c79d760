import type { Item } from "@qmoi/core";
import { describe, expect, it } from "vitest";
import { MemoryTable } from "../memory/memory-table.ts";
import { CountingTable } from "./counting-table.ts";

const item = (sk: string, bytes: number, more: object = {}): Item => ({ pk: "p", sk, v: 1, x: "y".repeat(bytes), ...more });
const nothing = { requests: 0, refused: 0, readUnits: 0, writeUnits: 0, indexWriteUnits: 0 };

describe("CountingTable", () => {
  it("groups requests and units by label and by site", async () => {
    const table = new CountingTable(new MemoryTable(), { label: ({ op, pk }) => `${op} ${pk ?? "all"}` });
    await table.put(item("a", 1500), { when: { site: "make", absent: true } });
    await table.put(item("a", 10), { when: { site: "make", absent: true } }).catch(() => undefined);
    await table.put(item("a", 10, { i1p: "i", i1s: "1" }));
    await table.put(item("a", 10, { i1p: "i", i1s: "2" }));
    await table.get({ pk: "p", sk: "a" });
    await table.get({ pk: "q", sk: "absent" });
    await table.queryIndex({ index: 1, pk: "i" });
    expect(Object.fromEntries(table.byLabel)).toEqual({
      "put p": { requests: 4, refused: 1, readUnits: 0, writeUnits: 2 + 2 + 3 + 3, indexWriteUnits: 3 },
      "get p": { ...nothing, requests: 1, readUnits: 1 },
      "get q": { ...nothing, requests: 1, readUnits: 1 },
      "queryIndex i": { ...nothing, requests: 1, readUnits: 0.5 },
    });
    expect(Object.fromEntries(table.bySite)).toEqual({ make: { ...nothing, requests: 2, refused: 1, writeUnits: 4 } });
    expect(table.total).toEqual({ requests: 7, refused: 1, readUnits: 2.5, writeUnits: 10, indexWriteUnits: 3 });
    table.reset();
    expect(table.total).toEqual(nothing);
  });

  it("knows what the table held before once it is primed", async () => {
    const inner = new MemoryTable();
    await inner.put(item("a", 5000));
    const table = new CountingTable(inner);
    await table.prime();
    await table.delete({ pk: "p", sk: "a" });
    expect(table.total).toEqual({ ...nothing, requests: 1, writeUnits: 5 });
  });

  it("counts parallel writes of one key by the images that each replaced", async () => {
    const table = new CountingTable(new MemoryTable());
    await Promise.all([5000, 10, 10].map((bytes) => table.put(item("a", bytes))));
    expect(table.total.writeUnits).toBe(5 + 5 + 1);
  });
});
