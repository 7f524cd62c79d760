import type { BlobStore, Json, Table } from "@qmoi/core";
import { type CurrentItem, configKeys, type VersionItem } from "./config-items.ts";
import type { ConfigDocument } from "./configuration.ts";

/**
 * Keeps what a change is about to replace: the version in the table, so that it can be rolled back to, and the whole document in the blob
 * store, readable without QMOI. Nobody writes a version otherwise, so that the same again changes nothing.
 */
export const keepBefore = async (
  { table, blobs }: { readonly table: Table; readonly blobs: BlobStore },
  name: ConfigDocument,
  stored: CurrentItem | undefined,
  document: Json,
): Promise<void> => {
  await blobs.put(`configuration/${name}/${String(stored?.n ?? 0).padStart(6, "0")}.json`, Buffer.from(JSON.stringify(document)));
  if (!stored) return;
  const { n, ch, act, at, who, why } = stored;
  const item: VersionItem = { ...configKeys.version(name, n), v: 1, n, ch, act, at, who, ...(why === undefined ? {} : { why }) };
  await table.put(item);
};
