import { MemoryBlobStore, MemoryTable, SystemClock } from "@qmoi/adapters";
import { type Actor, type AuditEvent, LOCAL, silentLogger } from "@qmoi/core";
import { beforeEach, describe, expect, it } from "vitest";
import { StoredConfiguration } from "./stored-configuration.ts";

const BY: Actor = { who: LOCAL, reason: "why", from: "here", requestId: "r1" };

let table: MemoryTable;
let blobs: MemoryBlobStore;
let records: AuditEvent[];
let files: Record<string, string>;
const open = () =>
  StoredConfiguration.open({
    table,
    blobs,
    clock: new SystemClock(),
    audit: { append: async (event) => void records.push(event), later: (event) => void records.push(event) },
    logger: silentLogger,
    readFile: (file) => files[file],
  });

beforeEach(() => {
  [table, blobs, records, files] = [new MemoryTable(), new MemoryBlobStore(), [], {}];
});

const code = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "done",
    (error) => error.code,
  );

describe("the configuration", () => {
  it("lets what was changed at run time win over the file, and says so", async () => {
    files["parallel_processing.json"] = '{"maxRunningTasks": 7, "httpConcurrency": 5}';
    const configuration = await open();
    expect(configuration.view("parallel")).toMatchObject({ version: 0, paths: [], built: true });
    const view = await configuration.set("parallel", { changes: [{ path: "maxRunningTasks", value: 9 }] }, BY);
    expect(view).toMatchObject({
      version: 1,
      paths: ["parallel.maxRunningTasks"],
      changed: { maxRunningTasks: 9 },
      who: "local",
      reason: "why",
    });
    expect(configuration.current().parallel).toMatchObject({ maxRunningTasks: 9, httpConcurrency: 5 });
    expect(configuration.get("parallel.maxRunningTasks")).toEqual({ path: "parallel.maxRunningTasks", value: 9, changed: true });
    expect(configuration.get("parallel.httpConcurrency").changed).toBe(false);
    // What was not changed follows the file, also after a restart.
    files["parallel_processing.json"] = '{"maxRunningTasks": 8, "httpConcurrency": 6}';
    expect((await open()).current().parallel).toMatchObject({ maxRunningTasks: 9, httpConcurrency: 6 });
  });

  it("audits a change, keeps what was before, and tells who listens", async () => {
    const configuration = await open();
    const seen: unknown[] = [];
    configuration.onChange((config, document) => seen.push([document, config.parallel.maxRunningTasks]));
    await configuration.set("parallel", { changes: [{ path: "maxRunningTasks", value: 9 }] }, BY);
    await configuration.set("parallel", { changes: [{ path: "maxRunningTasks", value: 10 }] }, BY);
    expect(seen).toEqual([
      ["parallel", 9],
      ["parallel", 10],
    ]);
    expect(records).toEqual([
      expect.objectContaining({
        action: "config.set",
        subject: "parallel_processing.json",
        before: {},
        after: { maxRunningTasks: 9 },
        from: "here",
        requestId: "r1",
      }),
      expect.objectContaining({ before: { maxRunningTasks: 9 }, after: { maxRunningTasks: 10 } }),
    ]);
    const kept = await blobs.get("configuration/parallel/000001.json");
    expect(JSON.parse(Buffer.from(kept ?? []).toString())).toMatchObject({ maxRunningTasks: 9, functionWorkers: 4 });
  });

  it("writes the audit record that a crash prevented when it is opened again", async () => {
    const configuration = await open();
    await configuration.set("parallel", { changes: [{ path: "maxRunningTasks", value: 9 }] }, BY);
    records = [];
    const item = await table.get({ pk: "CONF", sk: "parallel" });
    await table.put({ ...item!, ad: false, v: item!.v + 1 });
    await open();
    expect(records).toEqual([expect.objectContaining({ action: "config.set", after: { maxRunningTasks: 9 } })]);
    await open();
    expect(records).toHaveLength(1);
  });

  it("refuses what is invalid, unknown, not there yet, or changed since it was read, and changes nothing", async () => {
    const configuration = await open();
    const set = (document: string, path: string, value: never, etag?: string) =>
      configuration.set(document, { changes: [{ path, value }], ...(etag === undefined ? {} : { etag }) }, BY);
    expect(await code(set("parallel", "maxRunningTasks", 0 as never))).toBe("QMOI_INVALID_CONFIG");
    expect(await code(set("parallel", "maxRunningTask", 1 as never))).toBe("QMOI_INVALID_CONFIG");
    expect(await code(set("parallel", "__proto__.x", 1 as never))).toBe("QMOI_INVALID_INPUT");
    expect(await code(set("paralel", "maxRunningTasks", 1 as never))).toBe("QMOI_NOT_FOUND");
    expect(await code(set("cache", "maxBytes", 1 as never))).toBe("QMOI_MODULE_NOT_BUILT");
    expect(await code(set("master", "modules.health-monitor", { priority: 3 } as never))).toBe("QMOI_MODULE_NOT_BUILT");
    const { etag } = configuration.view("parallel");
    await set("parallel", "maxRunningTasks", 2 as never, etag);
    expect(await code(set("parallel", "maxRunningTasks", 3 as never, etag))).toBe("QMOI_PRECONDITION_FAILED");
    expect(configuration.current().parallel.maxRunningTasks).toBe(2);
    expect(configuration.view("parallel").version).toBe(1);
  });

  it("goes back to a version, to the file, and one path to what the file says", async () => {
    const configuration = await open();
    await configuration.set("parallel", { changes: [{ path: "pools.gpu", value: { slots: 2 } }] }, BY);
    await configuration.set(
      "parallel",
      {
        changes: [
          { path: "pools.gpu.slots", value: 3 },
          { path: "maxRunningTasks", value: 5 },
        ],
      },
      BY,
    );
    expect(await configuration.diff("parallel", { from: 1, to: 2 })).toEqual([
      { path: "$.maxRunningTasks", from: 256, to: 5 },
      { path: "$.pools.gpu.slots", from: 2, to: 3 },
    ]);
    await configuration.rollback("parallel", { to: 1 }, BY);
    expect(configuration.current().parallel).toMatchObject({ maxRunningTasks: 256, pools: { gpu: { slots: 2 } } });
    await configuration.set("parallel", { changes: [{ path: "pools.gpu", reset: true }] }, BY);
    expect(configuration.view("parallel")).toMatchObject({ version: 4, paths: [] });
    await configuration.rollback("parallel", { to: 0 }, BY);
    const { items } = await configuration.history("parallel", { limit: 3 });
    expect(items.map(({ version, action }) => [version, action])).toEqual([
      [4, "set"],
      [3, "rollback"],
      [2, "set"],
    ]);
    expect(await code(configuration.rollback("parallel", { to: 99 }, BY))).toBe("QMOI_NOT_FOUND");
  });

  it("reaches every process that reads the table", async () => {
    const [one, other] = [await open(), await open()];
    await one.set("parallel", { changes: [{ path: "maxRunningTasks", value: 9 }] }, BY);
    await expect.poll(() => other.current().parallel.maxRunningTasks).toBe(9);
  });

  it("lets the file hold where what was changed no longer fits the schema", async () => {
    await (await open()).set("parallel", { changes: [{ path: "maxRunningTasks", value: 9 }] }, BY);
    const item = await table.get({ pk: "CONF", sk: "parallel" });
    await table.put({ ...item!, v: item!.v + 1, ch: { maxRunningTasks: "many" } });
    const configuration = await open();
    expect(configuration.current().parallel.maxRunningTasks).toBe(256);
    expect(configuration.view("parallel").invalid).toContain("$.maxRunningTasks");
    await configuration.set("parallel", { changes: [{ path: "maxRunningTasks", value: 4 }] }, BY);
    expect(configuration.view("parallel").invalid).toBeUndefined();
  });
});
