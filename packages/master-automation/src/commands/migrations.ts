import type { Item } from "@qmoi/core";

/** One step of the data's schema, and the way back. Both are applied to every item, and must be safe to repeat. */
export interface Migration {
  /** The version that it leads to; from the one before. */
  readonly to: number;
  readonly summary: string;
  /** The item as the newer version wants it; the same object if nothing is to be changed. */
  readonly up: (item: Item) => Item;
  readonly down: (item: Item) => Item;
}

/** The steps from one version to another, in the order of their application: up, or down where `to` is lower. */
export const migrationPath = (
  migrations: readonly Migration[],
  from: number,
  to: number,
): readonly { readonly migration: Migration; readonly direction: "up" | "down"; readonly reaches: number }[] => {
  const path: { migration: Migration; direction: "up" | "down"; reaches: number }[] = [];
  for (let at = from; at !== to; ) {
    const direction = at < to ? "up" : "down";
    const next = direction === "up" ? at + 1 : at;
    const migration = migrations.find((one) => one.to === next);
    if (!migration) throw new Error(`there is no migration to schema version ${next}`);
    at = direction === "up" ? at + 1 : at - 1;
    path.push({ migration, direction, reaches: at });
  }
  return path;
};
