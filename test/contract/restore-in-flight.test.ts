import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDynamoTable, DynamoTable, MemoryBlobStore, MemoryTable, openStream, SqliteTable } from "@qmoi/adapters";
import type { WorkflowDocument } from "@qmoi/config";
import { type Item, LOCAL, type PutOptions, type Table } from "@qmoi/core";
import { generationOf } from "@qmoi/master-automation";
import { type AttemptItem, keys, SettledTable } from "@qmoi/runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DynamoDbLocal, missingDynamoDbLocal, startDynamoDbLocal } from "../support/dynamodb-local.ts";
import { idleBackups } from "../support/idle-backups.ts";
import { suite } from "../support/suite.ts";
import { CHAIN, Other, restoreContract } from "./restore-in-flight.ts";

const folder = mkdtempSync(join(tmpdir(), "qmoi-in-flight-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;

restoreContract("MemoryTable", async () => new MemoryTable());
restoreContract("SqliteTable", async () => SqliteTable.open(join(folder, `${files++}.db`)));

suite("a restore on DynamoDB Local", missingDynamoDbLocal, () => {
  let local: DynamoDbLocal;
  let tables = 0;
  beforeAll(async () => {
    local = await startDynamoDbLocal();
  });
  afterAll(() => local.stop());
  restoreContract("DynamoTable", async () => {
    const tableName = `restore-${tables++}`;
    await createDynamoTable(tableName, local.client);
    return new DynamoTable({ ...local.client, tableName, stream: openStream, streamPollMs: 10 });
  });
});

/** Holds the nth write under a condition's site until a test lets it go. */
class Holding extends MemoryTable {
  readonly #inner: Table;
  readonly #site: string;
  readonly reached: Promise<void>;
  release = (): void => undefined;
  #reach = (): void => undefined;
  #left: number;

  constructor(inner: Table, site: string, nth = 1) {
    super();
    this.#left = nth;
    this.#inner = inner;
    this.#site = site;
    this.reached = new Promise((resolve) => {
      this.#reach = resolve;
    });
  }

  override get: Table["get"] = (key) => this.#inner.get(key);
  override query: Table["query"] = (query) => this.#inner.query(query);
  override queryIndex: Table["queryIndex"] = (query) => this.#inner.queryIndex(query);
  override scan: Table["scan"] = (request) => this.#inner.scan(request);
  override delete: Table["delete"] = (key, options) => this.#inner.delete(key, options);
  override put = async (item: Item, options?: PutOptions) => {
    if (options?.when?.site === this.#site && --this.#left === 0) {
      const released = new Promise<void>((resolve) => {
        this.release = resolve;
      });
      this.#reach();
      await released;
    }
    return this.#inner.put(item, options);
  };
}

/** The same for the first blob that is put. */
class HoldingStore extends MemoryBlobStore {
  readonly #inner: MemoryBlobStore;
  readonly reached: Promise<void>;
  release = (): void => undefined;
  #reach = (): void => undefined;
  readonly #released: Promise<void>;

  constructor(inner: MemoryBlobStore) {
    super();
    this.#inner = inner;
    this.reached = new Promise((resolve) => {
      this.#reach = resolve;
    });
    this.#released = new Promise((resolve) => {
      this.release = resolve;
    });
  }

  override get: MemoryBlobStore["get"] = (key) => this.#inner.get(key);
  override list: MemoryBlobStore["list"] = (...request) => this.#inner.list(...request);
  override delete: MemoryBlobStore["delete"] = (key) => this.#inner.delete(key);
  override put: MemoryBlobStore["put"] = async (key, bytes) => {
    this.#reach();
    await this.#released;
    return this.#inner.put(key, bytes);
  };
}

const BY = { who: LOCAL };
const code = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "done",
    (error) => error.code,
  );
const wait = { type: "wait" as const, seconds: 0 };

describe("what comes after a restore from before it", () => {
  it("is a claim: it stands in nobody's way, and its effect doesn't begin", async () => {
    const table = new MemoryTable();
    const slow = new Holding(table, "attempt.claim");
    const other = await Other.open(table, slow);
    const run = await other.start(CHAIN);
    const hint = await other.hint(run, 0);
    const backup = await other.backUp();
    const handled = other.bare.engine.worker.handle(hint);
    await slow.reached;
    await other.restore(backup);
    slow.release();
    await handled;
    expect(other.work).toEqual([]);
    const stray = (await other.attempt(run, 0)) as AttemptItem;
    expect([stray.s, generationOf(stray)]).toEqual(["void", 0]);
    // Neither the run nor its history knows it.
    expect((await other.bare.plane.explain(run, "a")).attempts).toEqual([]);
    const { v } = (await other.header(run)) as Item;
    const claimed = other.bare.engine.worker.handle({ ...hint, v, fold: v });
    (await other.began()).end();
    await claimed;
    expect(await other.attempt(run, 0)).toMatchObject({ s: "succeeded", v: v + 1 });
  });

  it("is a part of a frontier: it counts as pending, and is written over", async () => {
    const table = new MemoryTable();
    const other = await Other.open(table);
    const large: WorkflowDocument = {
      name: "large",
      tasks: [...CHAIN.tasks, { name: "each", needs: ["b"], forEach: { list: "[1]", max: 900 }, target: wait }],
    };
    const run = await other.start(large);
    const hint = await other.hint(run, 0);
    const backup = await other.backUp();
    await other.restore(backup);
    await table.put({ pk: `R#${run}`, sk: "F#00000", v: 7, fn: 7, b: "iIg=" }, { when: { site: "t", absent: true } });
    const states = async (): Promise<unknown> => (await other.bare.plane.tasks(run)).items.map(({ state }) => state);
    expect(await states()).toEqual(["ready", "pending", "pending"]);
    const { engine } = other.bare;
    await engine.tick();
    const { v } = (await other.header(run)) as Item;
    const claimed = engine.worker.handle({ ...hint, v, fold: v });
    (await other.began()).end();
    await claimed;
    await engine.decider.settled();
    expect(await states()).toEqual(["succeeded", "ready", "pending"]);
    expect(generationOf((await table.get({ pk: `R#${run}`, sk: "F#00000" })) as Item)).toBe(1);
  });

  it("is a grant of an attempt that the run has not come to: it goes, and makes no attempt", async () => {
    const table = new MemoryTable();
    const other = await Other.open(table);
    const run = await other.start(CHAIN);
    await other.hint(run, 0);
    await other.restore(await other.backUp());
    const limiter = { pk: "G#p:default", sk: "0" };
    const stored = (await table.get(limiter)) as Item;
    // Each is run, expiry, task, attempt, slots: attempt 3 of task 0, and a task that there is not.
    await table.put({ ...stored, v: stored.v + 1, g: `${run},1,0,3,1;${run},1,9,1,1` });
    const fresh = await Other.open(table);
    const definition = `definitions/${(await other.header(run))?.ver}.json`;
    await fresh.bare.blobs.put(definition, (await other.bare.blobs.get(definition)) as Uint8Array);
    await fresh.bare.engine.tick();
    await fresh.bare.engine.settled();
    expect(await fresh.attempt(run, 0, 3)).toBeUndefined();
    expect((await table.get(limiter))?.g).not.toMatch(/,(0,3|9,1),/);
  });
});

describe("an effect that may happen only once, and began after it was backed up", () => {
  it("stays known, though the backup has its attempt as claimed only", async () => {
    const table = new MemoryTable();
    const slow = new Holding(table, "attempt.begin");
    const other = await Other.open(table, slow);
    const run = await other.start({ name: "once", tasks: [{ name: "pay", effect: "once", target: wait }] });
    const handled = other.bare.engine.worker.handle(await other.hint(run, 0));
    await slow.reached;
    const backup = await other.backUp();
    slow.release();
    (await other.began()).end({ ok: true, output: { paid: 1 } });
    await handled;
    await other.restore(backup);
    expect(await other.attempt(run, 0)).toMatchObject({ s: "succeeded", o: { paid: 1 }, rv: true });
  });

  it("pauses a run whose forEach the backup had not expanded: a person decides", async () => {
    const table = new MemoryTable();
    const other = await Other.open(table);
    const { engine, plane } = other.bare;
    const run = await other.start({
      name: "each",
      tasks: [
        { name: "a", target: wait },
        { name: "pay", needs: ["a"], effect: "once", forEach: { list: "[1, 2]", max: 2 }, target: wait },
      ],
    });
    const backup = await other.backUp();
    const first = engine.worker.handle(await other.hint(run, 0));
    (await other.began()).end();
    await first;
    const paid = engine.worker.handle(await other.hint(run, 2));
    (await other.began(2)).end();
    await paid;
    const report = await other.backups.restore(backup, BY);
    expect(report).toMatchObject({ equal: true, paused: 1 });
    expect(await plane.run(run)).toMatchObject({ state: "paused", reason: expect.stringContaining("only once") });
    // A backup of it is restored as it is, too.
    expect(await other.backups.restore(await other.backUp(), BY)).toMatchObject({ equal: true, paused: 1 });
    await engine.tick();
    expect(await plane.resume(run)).toMatchObject({ state: "running" });
    expect((await other.header(run))?.pst).toBeUndefined();
  });
});

describe("while a restore is under way", () => {
  it("other processes neither go on from what is half replaced nor back it up", async () => {
    const table = new MemoryTable();
    // Everything is written, and its end is about to be told: after begin, saving and writing.
    const slow = new Holding(table, "restore.step", 4);
    const other = await Other.open(table);
    const restoring = await Other.open(slow);
    const run = await other.start(CHAIN);
    const backup = await restoring.backUp();
    const restored = restoring.restore(backup);
    await slow.reached;
    const seen = new SettledTable(table);
    expect(await code(seen.get(keys.header(run)))).toBe("QMOI_RESTORING");
    expect(await code(other.backups.create(BY))).toBe("QMOI_BACKUP_BUSY");
    slow.release();
    await restored;
    expect(await code(seen.get(keys.header(run)))).toBe("done");
  });

  it("a backup that another process has begun is given up", async () => {
    const table = new MemoryTable();
    const other = await Other.open(table);
    await other.start(CHAIN);
    const backup = await other.backUp();
    const store = new MemoryBlobStore();
    const slow = new HoldingStore(store);
    const making = code((await idleBackups(table, slow)).create(BY));
    await slow.reached;
    await other.restore(backup);
    slow.release();
    expect(await making).toBe("QMOI_BACKUP_BUSY");
    expect(await store.list("")).toEqual([]);
  });
});

describe("a restore for a command", () => {
  it("goes on in another process where one has died, and once it is done tells the same again", async () => {
    const table = new MemoryTable();
    const store = new MemoryBlobStore();
    const other = await Other.open(table);
    const run = await other.start(CHAIN);
    const { id } = await (await idleBackups(table, store)).create(BY);
    await other.bare.plane.cancel(run);
    const dying = new Holding(table, "restore.write", 1);
    const died = code((await idleBackups(dying, store)).restore(id, BY, { command: "c1" }));
    await dying.reached;
    const next = await idleBackups(table, store);
    expect(await code(next.restore(id, BY, { command: "c2" }))).toBe("QMOI_BACKUP_BUSY");
    const report = await next.restore(id, BY, { command: "c1" });
    expect(report.equal).toBe(true);
    expect((await other.header(run))?.st).toBe("running");
    const again = await (await idleBackups(table, store)).restore(id, BY, { command: "c1" });
    expect(again).toEqual(report);
    // Whoever seemed dead goes on: what it still writes is refused.
    const { v } = (await other.header(run)) as Item;
    await table.put({ ...((await other.header(run)) as Item), v: v + 1, st: "paused" });
    dying.release();
    expect(await died).toBe("QMOI_BACKUP_BUSY");
    expect(await other.header(run)).toMatchObject({ v: v + 1, st: "paused" });
  });
});
