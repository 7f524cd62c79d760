import { DroppingTable, MemoryBlobStore, MemoryTable, SystemClock } from "@qmoi/adapters";
import { loadConfig } from "@qmoi/config/schemas";
import { LOCAL, silentLogger, type Table } from "@qmoi/core";
import { BackupClock, keys } from "@qmoi/runtime";
import { idleBackups } from "../../support/idle-backups.ts";
import type { SceneOf } from "./index.ts";
import { Interrupted } from "./interrupted.ts";

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

export const BACKUP_SCENES = {
  "backup.schedule": [scheduled],
  "restore.stop": [stopMeanwhile("restore.stop")],
  "restore.start": [stopMeanwhile("restore.start")],
  "restore.step": [begin],
  "restore.forward": [forward],
} as const;
