import { DroppingTable, MemoryBlobStore, MemoryTable, SystemClock } from "@qmoi/adapters";
import type { Workflow } from "@qmoi/config";
import { loadConfig } from "@qmoi/config/schemas";
import { type Item, type Key, LATER, LOCAL, silentLogger, type Table } from "@qmoi/core";
import { generationOf } from "@qmoi/master-automation";
import { type AttemptItem, type Backups, keys } from "@qmoi/runtime";
import { BackupClock } from "@qmoi/runtime/backup";
import { replaceStray } from "../../../packages/runtime/src/of-run.ts";
import { bareEngine } from "../../support/bare-engine.ts";
import { idleBackups } from "../../support/idle-backups.ts";
import type { SceneOf } from "./index.ts";
import { Interrupted } from "./interrupted.ts";
import { Repeated } from "./repeated.ts";
import { tableWithout } from "./table-without.ts";

const BY = { who: LOCAL };

/** An emergency stop comes between a restore's look at the control item and its own stop or start: it must outlast the restore. */
const stopMeanwhile =
  (site: string): SceneOf =>
  async ({ dropped }) => {
    const inner = new MemoryTable();
    const store = new MemoryBlobStore();
    const { id } = await (await idleBackups(inner, store)).create(BY);
    const stop = async (): Promise<void> => {
      const control = await inner.get(keys.control);
      const [v, epoch] = [(control?.v ?? 0) + 1, Number(control?.epoch ?? 0) + 1];
      await inner.put({ ...keys.control, v, epoch, mode: "stopped", reason: "fire", who: "person", at: 0 });
    };
    await (await idleBackups(new Interrupted(inner, site, dropped, stop), store)).restore(id, BY);
    const control = await inner.get(keys.control);
    return control?.mode === "stopped" ? undefined : "an emergency stop was lifted by a restore";
  };

/** Two restores begin at the same time. */
const begin: SceneOf = async ({ dropped }) => {
  const inner = new MemoryTable();
  const store = new MemoryBlobStore();
  const { id } = await (await idleBackups(inner, store)).create(BY);
  const other = await idleBackups(new DroppingTable(inner, dropped?.[0]), store);
  let second: Promise<unknown> | undefined;
  const meanwhile = async (): Promise<void> => {
    second = other.restore(id, BY);
    while ((await inner.get({ pk: "RESTORE", sk: "RESTORE" })) === undefined) await new Promise((resolve) => setImmediate(resolve));
  };
  const one = await idleBackups(new Interrupted(inner, "restore.step", dropped, meanwhile), store);
  const outcomes = await Promise.allSettled([one.restore(id, BY)]);
  const both = [...outcomes, ...(await Promise.allSettled([second]))].filter(({ status }) => status === "fulfilled").length;
  return both === 1 ? undefined : `${both} of two restores went on`;
};

/** A key is revoked while a restore adds what is absent. */
const forward: SceneOf = async ({ dropped }) => {
  const inner = new MemoryTable();
  const store = new MemoryBlobStore();
  const key = { pk: "KEY", sk: "k1" };
  await inner.put({ ...key, v: 1, revoked: false });
  const { id } = await (await idleBackups(inner, store)).create(BY);
  await inner.put({ ...key, v: 2, revoked: true });
  await (await idleBackups(new DroppingTable(inner, dropped?.[0]), store)).restore(id, BY);
  return (await inner.get(key))?.revoked === true ? undefined : "a restore made a revoked key valid";
};

/** A process that restores seems dead, and another one ends its work; then somebody goes on with what was restored. What the first one still does must not undo that. */
const outlived =
  (
    site: string,
    prepare: (table: Table) => Promise<unknown>,
    goOn: (table: Table) => Promise<unknown>,
    stands: (table: Table) => Promise<boolean>,
  ): SceneOf =>
  async ({ dropped }) => {
    const inner = new MemoryTable();
    const store = new MemoryBlobStore();
    await inner.put({ pk: "W", sk: "w", v: 1 });
    await inner.put(header("running"));
    const { id } = await (await idleBackups(inner, store)).create(BY);
    await prepare(inner);
    const other = await idleBackups(new DroppingTable(inner, dropped?.[0]), store);
    const meanwhile = async (): Promise<void> => {
      await other.restore(id, BY, { command: "c" });
      await goOn(inner);
    };
    const slow = await idleBackups(new Interrupted(inner, site, dropped, meanwhile), store);
    await slow.restore(id, BY, { command: "c" }).catch(() => undefined);
    return (await stands(inner)) ? undefined : `what came after a restore was undone (${site})`;
  };

const header = (st: string): Item => ({ pk: "R#r", sk: "H", v: 1, wf: "w", ver: "x", st, pr: 5, ca: 1, sa: 1, n: 1, small: true, b: "AA" });
const changed = async (table: Table, key: Key, change: object): Promise<void> => {
  const item = (await table.get(key)) as Item;
  await table.put({ ...item, v: item.v + 1, ...change });
};
const definition = { pk: "W", sk: "w" };
const written = outlived(
  "restore.write",
  async () => undefined,
  async (table) => {
    for (const key of [definition, header("")]) await changed(table, key, { d: "new" });
  },
  async (table) => (await table.get(definition))?.d === "new" && (await table.get(header("")))?.d === "new",
);
const since = { pk: "W", sk: "since" };
const cleared = outlived(
  "restore.clear",
  (table) => table.put({ ...since, v: 1 }),
  (table) => table.put({ ...since, v: 7 }),
  async (table) => (await table.get(since)) !== undefined,
);
const paused = outlived(
  "restore.pause",
  (table) => table.put({ pk: "R#r#0", sk: "0000004#0001", v: 2, s: "succeeded", bg: true, tk: "t", fo: 1, sa: 1, ea: 2 }),
  (table) => changed(table, header(""), { st: "cancelled" }),
  async (table) => (await table.get(header("")))?.st === "cancelled",
);

/** Two write over an attempt that came after a restore from before it. */
const replaced: SceneOf = async ({ dropped }) => {
  const table = tableWithout(dropped);
  const stray = { pk: "R#r#0", sk: "0000000#0001", v: 1, s: "void", tk: "old", fo: 1 } as unknown as AttemptItem;
  await table.put(stray);
  const claims = await Promise.all(
    ["a", "b"].map((tk) => replaceStray({ table }, { ...stray, v: 2 ** 32 + 1, s: "running", tk }, stray, "ss")),
  );
  return claims.filter((one) => one !== undefined).length === 1 ? undefined : "two hold the same attempt";
};

/** A backup that was due can't be made; meanwhile another process has made the next one. */
const again: SceneOf = async ({ dropped }) => {
  const table = tableWithout(dropped);
  const cursor = { pk: "BACKUP", sk: "CURSOR" };
  await table.put({ ...cursor, v: 1, at: 0 });
  const create = async (): Promise<never> => {
    await table.put({ ...cursor, v: 3, at: Date.now() });
    throw new Error("the disk is full");
  };
  const settings = () => loadConfig(() => undefined).backup;
  const parts = { table, clock: new SystemClock(), logger: silentLogger, settings };
  await new BackupClock(parts, { create } as unknown as Backups).pass().catch(() => undefined);
  return (await table.get(cursor))?.at === 0 ? "a backup is due that was made" : undefined;
};

/** Two processes find that a backup is due. */
const scheduled: SceneOf = async ({ dropped }) => {
  const inner = new MemoryTable();
  const store = new MemoryBlobStore();
  await inner.put({ pk: "BACKUP", sk: "CURSOR", v: 1, at: 0 });
  const settings = () => loadConfig(() => undefined).backup;
  const clockOf = async (table: Table): Promise<BackupClock> =>
    new BackupClock({ table, clock: new SystemClock(), logger: silentLogger, settings }, await idleBackups(inner, store));
  const other = await clockOf(inner);
  const meanwhile = async (): Promise<void> => void (await other.pass());
  await (await clockOf(new Interrupted(inner, "backup.schedule", dropped, meanwhile))).pass();
  const { items } = await (await idleBackups(inner, store)).list();
  return items.length === 1 ? undefined : `${items.length} backups were made at one time`;
};

/** A version is written late: meanwhile somebody else has published the same, and it was backed up and restored. */
const kept: SceneOf = async ({ dropped }) => {
  const inner = new MemoryTable();
  const store = new MemoryBlobStore();
  const workflow = { name: "w", tasks: [{ name: "a", target: { type: "wait" as const, seconds: 1 } }] } as unknown as Workflow;
  const publish = async (table: Table) => {
    const { engine, plane } = bareEngine(table, async () => LATER);
    return plane.publish(workflow).finally(() => engine.stop());
  };
  const meanwhile = async (): Promise<void> => {
    await publish(inner);
    const backups = await idleBackups(inner, store);
    await backups.restore((await backups.create(BY)).id, BY);
  };
  const { version } = await publish(new Interrupted(inner, "definition.version", dropped, meanwhile));
  const item = (await inner.get(keys.definition("w", version))) as Item;
  return generationOf(item) === 1 ? undefined : "a version was taken back behind a restore";
};

/** A dead letter comes a second time: meanwhile it was backed up and restored. */
const letter: SceneOf = async ({ dropped }) => {
  const inner = new MemoryTable();
  const store = new MemoryBlobStore();
  const table = new Repeated(inner, "letter.put", dropped, async () => {
    const backups = await idleBackups(inner, store);
    await backups.restore((await backups.create(BY)).id, BY);
  });
  const failure = { class: "exit", code: "QMOI_EXIT", message: "exit 1" } as const;
  const { engine, plane } = bareEngine(table, async () => ({ ok: false, failure }));
  await engine.start();
  await plane.publish({ name: "w", tasks: [{ name: "a", target: { type: "wait", seconds: 0 }, retry: { attempts: 1 } }] });
  await plane.startRun({ workflow: "w" });
  await table.repeated;
  // At once: the engine folds the run as it was restored, and writes it anew.
  const { items } = await inner.query({ pk: `DL#${new Date().toISOString().slice(0, 10)}` });
  await engine.stop();
  return items.length === 1 && generationOf(items[0] as Item) === 1 ? undefined : "a dead letter was taken back behind a restore";
};

export const BACKUP_SCENES = {
  "attempt.replace": [replaced],
  "backup.again": [again],
  "backup.schedule": [scheduled],
  "definition.version": [kept],
  "letter.put": [letter],
  "restore.clear": [cleared],
  "restore.pause": [paused],
  "restore.write": [written],
  "restore.stop": [stopMeanwhile("restore.stop")],
  "restore.start": [stopMeanwhile("restore.start")],
  "restore.step": [begin],
  "restore.forward": [forward],
} as const;
