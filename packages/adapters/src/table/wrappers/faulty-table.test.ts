import type { Item } from "@qmoi/core";
import { describe, expect, it } from "vitest";
import { MemoryTable } from "../memory/memory-table.ts";
import type { TableCall } from "../table-call.ts";
import { type Fault, FaultyTable } from "./faulty-table.ts";

const item = (sk: string, more: object = {}): Item => ({ pk: "p", sk, v: 1, ...more });
const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "none",
    (error: { code?: string }) => error.code,
  );

describe("FaultyTable", () => {
  const withFaults = (faults: (Fault | undefined)[]) => {
    const inner = new MemoryTable();
    const calls: TableCall[] = [];
    const table = new FaultyTable(inner, (call) => {
      calls.push(call);
      return faults.shift();
    });
    return { inner, table, calls };
  };

  it("passes calls on while nothing goes wrong, and tells the decider which they are", async () => {
    const { table, calls } = withFaults([]);
    await table.put(item("a"), { when: { site: "make", absent: true } });
    await table.get({ pk: "p", sk: "a" });
    await table.query({ pk: "p" });
    await table.queryIndex({ index: 2, pk: "i" });
    await table.scan();
    await table.delete({ pk: "p", sk: "a" }, { when: { site: "drop", v: 1 } });
    expect(calls).toEqual([
      { op: "put", pk: "p", sk: "a", site: "make" },
      { op: "get", pk: "p", sk: "a" },
      { op: "query", pk: "p" },
      { op: "queryIndex", pk: "i", index: 2 },
      { op: "scan" },
      { op: "delete", pk: "p", sk: "a", site: "drop" },
    ]);
  });

  it.each<[Fault, string, boolean]>([
    ["throttle", "QMOI_THROTTLED", false],
    ["unavailable-before", "QMOI_STORE_UNAVAILABLE", false],
    ["unavailable-after", "QMOI_STORE_UNAVAILABLE", true],
  ])("on %s it rejects with %s, and whether the write happened is %s", async (fault, code, happened) => {
    const { inner, table } = withFaults([fault]);
    expect(await codeOf(table.put(item("a")))).toBe(code);
    expect((await inner.get({ pk: "p", sk: "a" })) !== undefined).toBe(happened);
  });

  it("hides a conflict behind a lost answer", async () => {
    const { inner, table } = withFaults(["unavailable-after"]);
    await inner.put(item("a"));
    expect(await codeOf(table.put(item("a"), { when: { site: "t", absent: true } }))).toBe("QMOI_STORE_UNAVAILABLE");
  });

  it("answers a stale index query as the same query was answered last, at first from an empty index", async () => {
    const { table } = withFaults([undefined, "stale", undefined, undefined, "stale", undefined]);
    const query = { index: 1, pk: "i" } as const;
    const found = async (): Promise<string[]> => (await table.queryIndex(query)).items.map(({ sk }) => sk);
    await table.put(item("a", { i1p: "i", i1s: "1" }));
    expect(await found()).toEqual([]);
    expect(await found()).toEqual(["a"]);
    await table.put(item("b", { i1p: "i", i1s: "2" }));
    expect(await found()).toEqual(["a"]);
    expect(await found()).toEqual(["a", "b"]);
  });
});
