import { MemoryTable } from "@qmoi/adapters";
import { loadConfig } from "@qmoi/config/schemas";
import { ConflictError, type Json, type Table, UnavailableError } from "@qmoi/core";
import { beforeEach, describe, expect, it } from "vitest";
import { Providers } from "./providers.ts";

const MINUTE = 60_000;
let table: MemoryTable;
let now: number;
let reports: Json;
const clock = { now: () => now, monotonic: () => now, after: () => () => undefined };
const over = (stored: Table): Providers =>
  new Providers({ table: stored, clock }, () => loadConfig(() => undefined, { cloud: { reports } }));
let providers: Providers;

beforeEach(() => {
  table = new MemoryTable();
  now = 100 * MINUTE;
  reports = {};
  providers = over(table);
});
const report = (id: string, at: number, value = 1) => ({ id, at, metrics: [{ name: "cpu", value, unit: "%" }] });

describe("reports", () => {
  it("are taken in once, the latest counts, and says when it came", async () => {
    expect(await providers.report("gcp", report("a", 10))).toMatchObject({ reception: "accepted", received: now });
    const came = now;
    now += MINUTE;
    expect(await providers.report("gcp", report("a", 10))).toMatchObject({ reception: "repeated", received: came, minutes: 1 });
    expect(await providers.report("gcp", report("b", 9))).toMatchObject({ reception: "outdated", report: report("a", 10) });
    expect(await providers.report("gcp", report("c", 11))).toMatchObject({ reception: "accepted", received: now, report: report("c", 11) });
    expect((await table.query({ pk: "PROVIDER" })).items).toEqual([{ pk: "PROVIDER", sk: "gcp", v: 2, received: now, ...report("c", 11) }]);
  });

  it("are refused where another report has the id, where their time is to come, and of providers that are none", async () => {
    await providers.report("gcp", report("a", 10));
    const refused = [
      providers.report("gcp", report("a", 10, 2)),
      providers.report("gcp", report("b", now + 6 * MINUTE)),
      providers.report("gpc", report("b", 10)),
    ];
    expect(await Promise.all(refused.map((one) => one.catch(({ code, path, remedy }) => [code, path, remedy])))).toEqual([
      ["QMOI_CONFLICT", "$.body.id", "Give each report an id of its own."],
      ["QMOI_INVALID_INPUT", "$.body.at", "Set the clock of whoever reports."],
      ["QMOI_NOT_FOUND", "$.path.provider", "Name one of aws, gcp, azure, huggingface, colab."],
    ]);
    expect((await providers.report("gcp", report("b", now + 5 * MINUTE))).reception).toBe("accepted");
  });

  it("may be sent again when it is not known whether they came, and give up where others always come first", async () => {
    const lost: Table = Object.assign(Object.create(table) as Table, {
      get: table.get.bind(table),
      put: async (...write: Parameters<Table["put"]>) => {
        await table.put(...write);
        throw new UnavailableError("lost");
      },
    });
    await expect(over(lost).report("gcp", report("a", 10))).rejects.toMatchObject({ code: "QMOI_STORE_UNAVAILABLE" });
    expect((await providers.report("gcp", report("a", 10))).reception).toBe("repeated");
    let tries = 0;
    const busy: Table = Object.assign(Object.create(table) as Table, {
      get: table.get.bind(table),
      put: async () => {
        tries++;
        throw new ConflictError("another came first");
      },
    });
    await expect(over(busy).report("gcp", report("b", 11))).rejects.toMatchObject({ code: "QMOI_CONFLICT" });
    expect(tries).toBe(11);
  });
});

describe("providers", () => {
  it("are those that reported and those that are expected, silent after the time that is set, a page at a time", async () => {
    reports = { expected: ["gcp", "colab"], silentAfterMinutes: 5 };
    await providers.report("azure", report("a", 10));
    now += 4 * MINUTE;
    await providers.report("gcp", report("a", 10));
    now += MINUTE;
    const all = await providers.all();
    expect(all.map(({ provider, expected, state, minutes }) => [provider, expected, state, minutes])).toEqual([
      ["azure", false, "silent", 5],
      ["colab", true, "silent", 1440],
      ["gcp", true, "reporting", 1],
    ]);
    const first = await providers.list({ limit: 2 });
    expect(first).toEqual({ items: all.slice(0, 2), next: "colab" });
    expect(await providers.list({ limit: 2, after: "colab" })).toEqual({ items: all.slice(2) });
    expect(await providers.list()).toEqual({ items: all });
  });

  it("are forgotten with what they reported; one that is expected is silent from then on", async () => {
    reports = { expected: ["gcp"] };
    await providers.report("gcp", report("a", 10));
    await providers.report("aws", report("a", 10));
    for (const name of ["gcp", "aws"]) expect((await providers.forget(name)).report?.id).toBe("a");
    expect((await providers.all()).map(({ provider, state }) => [provider, state])).toEqual([["gcp", "silent"]]);
    await expect(providers.forget("aws")).rejects.toMatchObject({ code: "QMOI_NOT_FOUND", path: "$.path.provider" });
    await expect(providers.forget("PROVIDER")).rejects.toMatchObject({ code: "QMOI_NOT_FOUND" });
  });
});
