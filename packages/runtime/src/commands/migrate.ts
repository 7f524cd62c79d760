import { hasCode, type Item } from "@qmoi/core";
import { type Migration, migrationPath } from "@qmoi/master-automation";
import { unchanged } from "../items.ts";
import type { Ports } from "../ports.ts";

const SCHEMA_KEY = { pk: "SYS", sk: "SCHEMA" } as const;
const PAGE = 500;

interface SchemaItem extends Item {
  readonly version: number;
}

/** Version of the data's schema: 1 until a migration has said otherwise. */
export const schemaVersion = async ({ table }: Pick<Ports, "table">): Promise<number> =>
  ((await table.get(SCHEMA_KEY)) as SchemaItem | undefined)?.version ?? 1;

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
    const stored = (await ports.table.get(SCHEMA_KEY)) as SchemaItem | undefined;
    await ports.table.put({ ...SCHEMA_KEY, v: (stored?.v ?? 0) + 1, version: reaches }, { when: unchanged("schema.version", stored) });
  }
  return { from, to, changed };
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
