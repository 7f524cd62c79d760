import { MemoryTable, SystemClock } from "@qmoi/adapters";
import { expect, it } from "vitest";
import { sweepExpired } from "./sweep-expired.ts";

it("deletes answers and failed logins whose time is over, and nothing else", async () => {
  const table = new MemoryTable();
  const clock = Object.assign(new SystemClock(), { now: () => 1_000_000 });
  const items = { "IDEM#a": 999, "IDEM#b": 1000, "IDEM#c": 1001, "LOGIN#d": 1, "R#e": 1, "AUDIT#f": 1 };
  for (const [pk, ttl] of Object.entries(items)) await table.put({ pk, sk: "I", v: 1, ttl });
  await table.put({ pk: "IDEM#g", sk: "I", v: 1 });
  expect(await sweepExpired({ table, clock })).toBe(3);
  expect((await table.scan()).items.map(({ pk }) => pk).sort()).toEqual(["AUDIT#f", "IDEM#c", "IDEM#g", "R#e"]);
});
