import type { Item } from "@qmoi/core";
import { describe, expect, it, vi } from "vitest";
import { MemoryTable } from "../memory/memory-table.ts";
import { CountingTable } from "./counting-table.ts";
import { DroppingTable } from "./dropping-table.ts";
import { FaultyTable } from "./faulty-table.ts";

const item = (v: number): Item => ({ pk: "p", sk: "s", v });
const key = { pk: "p", sk: "s" };

describe("DroppingTable", () => {
  it("keeps to every condition but that of the site to drop", async () => {
    const table = new DroppingTable(new MemoryTable(), "second");
    await table.put(item(1), { when: { site: "first", absent: true } });
    await expect(table.put(item(2), { when: { site: "first", absent: true } })).rejects.toMatchObject({ code: "QMOI_CONFLICT" });
    await table.put(item(3), { when: { site: "second", v: 99 } });
    expect(await table.get(key)).toEqual(item(3));
    await expect(table.delete(key, { when: { site: "first", v: 99 } })).rejects.toMatchObject({ code: "QMOI_CONFLICT" });
    await table.delete(key, { when: { site: "second", v: 99 } });
    expect(await table.get(key)).toBeUndefined();
    expect([...table.sites]).toEqual([
      ["first", { used: 3, refused: 2 }],
      ["second", { used: 2, refused: 0 }],
    ]);
  });

  it("passes a subscription on with its options", async () => {
    const inner = new MemoryTable();
    const subscribe = vi.spyOn(inner, "subscribe");
    const handler = (): void => undefined;
    for (const table of [new DroppingTable(inner), new FaultyTable(inner, () => undefined), new CountingTable(inner)]) {
      await table.subscribe(handler, { old: false });
      expect(subscribe).toHaveBeenLastCalledWith(handler, { old: false });
    }
    expect(subscribe).toHaveBeenCalledTimes(3);
  });

  it("keeps the stamp and the sequence number", async () => {
    const table = new DroppingTable(new MemoryTable());
    expect(await table.put(item(1), { stamp: "n" })).toEqual({ seq: 1 });
    expect(await table.get(key)).toEqual({ ...item(1), n: 1 });
  });
});
