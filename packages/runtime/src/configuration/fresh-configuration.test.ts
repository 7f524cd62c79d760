import { MemoryBlobStore, MemoryTable, SystemClock } from "@qmoi/adapters";
import { loadConfig, loadDocument, overDocument } from "@qmoi/config/schemas";
import { LOCAL, type LogLevel, silentLogger } from "@qmoi/core";
import { beforeEach, describe, expect, it } from "vitest";
import { FreshConfiguration } from "./fresh-configuration.ts";
import { OverlaidConfiguration } from "./overlaid-configuration.ts";
import { StoredConfiguration } from "./stored-configuration.ts";

const BY = { who: LOCAL };
const readFile = (file: string): string | undefined => (file === "parallel_processing.json" ? '{"maxRunningTasks": 7}' : undefined);
let table: MemoryTable;
let monotonic: number;
let lines: [LogLevel, string][];
let loads: number;
let reads: number;

beforeEach(() => {
  [table, monotonic, lines, loads, reads] = [new MemoryTable(), 0, [], 0, 0];
});

const logger = { log: (level: LogLevel, message: string) => void lines.push([level, message]) };
const clock = { now: () => 0, monotonic: () => monotonic, after: () => () => undefined };
const stored = () =>
  StoredConfiguration.open({
    table,
    blobs: new MemoryBlobStore(),
    clock: new SystemClock(),
    audit: { append: async () => undefined, later: () => undefined },
    logger: silentLogger,
    readFile,
  });
const overlaid = () =>
  new OverlaidConfiguration({
    table: {
      query: (query) => {
        reads++;
        return table.query(query);
      },
    },
    logger,
    files: loadConfig(readFile),
    overlay: async () => {
      loads++;
      return (document, changed) => overDocument(document, loadDocument(document, readFile), changed);
    },
  });

describe("the configuration of those that follow no feed", () => {
  it("is what the files say without loading a schema, and what holds everywhere once something was changed", async () => {
    const [writer, reader] = [await stored(), overlaid()];
    await reader.refresh();
    expect([reader.current().parallel.maxRunningTasks, loads]).toEqual([7, 0]);
    await writer.set("parallel", { changes: [{ path: "pools.gpu", value: { slots: 2 } }] }, BY);
    await reader.refresh();
    expect(reader.current()).toEqual(writer.current());
    await writer.set("parallel", { changes: [{ path: "maxRunningTasks", value: 9 }] }, BY);
    await writer.set("errors", { changes: [{ path: "retention.historyDays", value: 3 }] }, BY);
    await reader.refresh();
    expect(reader.current()).toEqual(writer.current());
    await writer.rollback("parallel", { to: 0 }, BY);
    await reader.refresh();
    expect(reader.current()).toEqual(writer.current());
    const before = loads;
    await reader.refresh();
    expect(loads).toBe(before);
  });

  it("lets the file hold where what was changed no longer fits, and says so once", async () => {
    await (await stored()).set("parallel", { changes: [{ path: "maxRunningTasks", value: 9 }] }, BY);
    const item = await table.get({ pk: "CONF", sk: "parallel" });
    await table.put({ ...item!, n: 2, v: item!.v + 1, ch: { maxRunningTasks: "many" } });
    const reader = overlaid();
    await reader.refresh();
    await reader.refresh();
    expect(reader.current().parallel.maxRunningTasks).toBe(7);
    expect(lines).toEqual([["error", expect.stringContaining("the file holds")]]);
  });

  it("is read again only when what is known is older than two seconds", async () => {
    const fresh = new FreshConfiguration({ clock, logger }, overlaid());
    await fresh.refresh();
    monotonic = 2_000;
    await fresh.refresh();
    expect(reads).toBe(1);
    monotonic = 2_001;
    await fresh.refresh();
    expect(reads).toBe(2);
  });

  it("holds on while the store is away, and is read as soon as it is back", async () => {
    let away = true;
    const config = loadConfig(readFile);
    const refresh = async (): Promise<void> => {
      reads++;
      if (away) throw new Error("away");
    };
    const fresh = new FreshConfiguration({ clock, logger }, { current: () => config, refresh });
    await fresh.refresh();
    expect(fresh.current()).toBe(config);
    expect(lines).toHaveLength(1);
    away = false;
    await fresh.refresh();
    await fresh.refresh();
    expect(reads).toBe(2);
  });
});
