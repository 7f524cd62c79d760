import { hasCode, type Item, LOCAL, QmoiError } from "@qmoi/core";
import { MIGRATIONS, type Migration, migratedItem, migrationPath } from "@qmoi/master-automation";
import type { Backups } from "../backup/backups.ts";
import { keys, SCHEMA_VERSION, unchanged } from "../items.ts";
import type { Ports } from "../ports.ts";
import { CommandStore } from "./command-store.ts";

const PAGE = 500;

interface SchemaItem extends Item {
  readonly version: number;
}

/** Version of the data's schema: 1 until a migration has said otherwise. */
export const schemaVersion = async ({ table }: Pick<Ports, "table">): Promise<number> =>
  ((await table.get(keys.schema)) as SchemaItem | undefined)?.version ?? 1;

/** Errors: QMOI_STORE_NEWER where a newer version of QMOI has written the data. */
export const refuseNewerData = async (ports: Pick<Ports, "table">): Promise<number> => {
  const version = await schemaVersion(ports);
  if (version > SCHEMA_VERSION)
    throw new QmoiError("QMOI_STORE_NEWER", `The data has schema ${version}; this version of QMOI knows ${SCHEMA_VERSION}.`, {
      data: { version, known: SCHEMA_VERSION },
    });
  return version;
};

export interface MigrationReport {
  readonly from: number;
  readonly to: number;
  /** Items changed, over all steps. */
  readonly changed: number;
}

/**
 * Brings all items to a schema version, step by step, up or down. The version is written after each step: what a crash cut off is repeated,
 * since each step is safe to repeat.
 */
export const migrate = async (ports: Pick<Ports, "table">, migrations: readonly Migration[], to: number): Promise<MigrationReport> => {
  const from = await schemaVersion(ports);
  let changed = 0;
  for (const { migration, direction, reaches } of migrationPath(migrations, from, to)) {
    changed += await apply(ports, direction === "up" ? migration.up : migration.down);
    await reached(ports, reaches);
  }
  return { from, to, changed };
};

/** Brings data of an older version along, after a backup; nothing where an update does it, or where it is the newest already. */
export const upgradeData = async (ports: Pick<Ports, "table" | "logger">, backups: Pick<Backups, "create">): Promise<void> => {
  const from = await refuseNewerData(ports);
  if (from === SCHEMA_VERSION || (await isUpdating(ports))) return;
  if (await changesAny(ports, from)) {
    const { id } = await backups.create({ who: LOCAL, reason: `schema ${from} to ${SCHEMA_VERSION}` }, { cause: "update" });
    ports.logger.log("info", "the data of an older version is brought along", { from, to: SCHEMA_VERSION, backup: id });
  }
  await migrate(ports, MIGRATIONS, SCHEMA_VERSION);
};

const isUpdating = async (ports: Pick<Ports, "table">): Promise<boolean> => {
  const store = new CommandStore(ports);
  const active = await store.active();
  const command = active && active.id !== "" ? await store.find(active.id) : undefined;
  return command?.n === "update_system" && command.ea === undefined;
};

const changesAny = async ({ table }: Pick<Ports, "table">, from: number): Promise<boolean> => {
  for (let after: string | undefined; ; ) {
    const page = await table.scan({ limit: PAGE, ...(after === undefined ? {} : { after }) });
    if (page.items.some((item) => migratedItem(MIGRATIONS, item, from) !== item)) return true;
    if (page.next === undefined) return false;
    after = page.next;
  }
};

/** Whoever else was as far is right too. */
const reached = async (ports: Pick<Ports, "table">, version: number): Promise<void> => {
  const stored = (await ports.table.get(keys.schema)) as SchemaItem | undefined;
  if (stored?.version === version) return;
  try {
    await ports.table.put({ ...keys.schema, v: (stored?.v ?? 0) + 1, version }, { when: unchanged("schema.version", stored) });
  } catch (error) {
    if (!hasCode(error, "QMOI_CONFLICT") || (await schemaVersion(ports)) !== version) throw error;
  }
};

const apply = async ({ table }: Pick<Ports, "table">, change: (item: Item) => Item): Promise<number> => {
  let changed = 0;
  for (let after: string | undefined; ; ) {
    const page = await table.scan({ limit: PAGE, ...(after === undefined ? {} : { after }) });
    for (const item of page.items) if (await applyTo(table, item, change)) changed++;
    if (page.next === undefined) return changed;
    after = page.next;
  }
};

/** Work goes on meanwhile: an item that has changed since it was read is read again. */
const applyTo = async (table: Ports["table"], read: Item, change: (item: Item) => Item): Promise<boolean> => {
  for (let item: Item | undefined = read; item; ) {
    const next = change(item);
    if (next === item) return false;
    try {
      await table.put({ ...next, v: item.v + 1 }, { when: { site: "data.migrate", v: item.v } });
      return true;
    } catch (error) {
      if (!hasCode(error, "QMOI_CONFLICT")) throw error;
      item = await table.get(read);
    }
  }
  return false;
};
