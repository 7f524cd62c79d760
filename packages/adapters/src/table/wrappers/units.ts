import type { IndexEntry, Item, Key } from "@qmoi/core";
import { attributeBytes, itemBytes } from "../item-bytes.ts";
import { indexKey } from "../keys.ts";

const WRITE_UNIT_BYTES = 1024;
const READ_UNIT_BYTES = 4096;

/** What DynamoDB counts of an item: its size, and its entry in each index. */
export interface Footprint {
  readonly bytes: number;
  readonly entries: { readonly 1: EntryFootprint | undefined; readonly 2: EntryFootprint | undefined };
}

interface EntryFootprint {
  readonly ip: string;
  readonly is: string;
  readonly bytes: number;
}

/** An entry holds the four keys: the index's (names of three letters) and the item's (names of two). */
const entryBytes = (key: Key, ip: string, is: string): number =>
  10 + [key.pk, key.sk, ip, is].reduce((sum, part) => sum + attributeBytes(part), 0);

const entryFootprint = (item: Item, index: 1 | 2): EntryFootprint | undefined => {
  const key = indexKey(item, index);
  return key === undefined ? undefined : { ...key, bytes: entryBytes(item, key.ip, key.is) };
};

export const footprint = (item: Item): Footprint => ({
  bytes: itemBytes(item),
  entries: { 1: entryFootprint(item, 1), 2: entryFootprint(item, 2) },
});

const unitsOf = (bytes: number): number => Math.ceil(bytes / WRITE_UNIT_BYTES);

/** Units that a write takes in the table: of the larger of both images, at least one, also when it is refused. */
export const tableWriteUnits = (old: Footprint | undefined, next: Footprint | undefined): number =>
  Math.max(1, unitsOf(Math.max(old?.bytes ?? 0, next?.bytes ?? 0)));

/** Units that a write takes in an index: none if its entry stays, two writes if the entry's key changes. */
export const indexWriteUnits = (old: Footprint | undefined, next: Footprint | undefined, index: 1 | 2): number => {
  const before = old?.entries[index];
  const after = next?.entries[index];
  if (before?.ip === after?.ip && before?.is === after?.is) return 0;
  return unitsOf(before?.bytes ?? 0) + unitsOf(after?.bytes ?? 0);
};

/** Units of one strong read of items that have so many bytes together; what is absent or empty takes one, too. */
export const strongReadUnits = (bytes: number): number => Math.max(1, Math.ceil(bytes / READ_UNIT_BYTES));

/** Units of reading entries of an index, eventually consistent: half. */
export const indexReadUnits = (entries: readonly IndexEntry[]): number =>
  strongReadUnits(entries.reduce((sum, entry) => sum + entryBytes(entry, entry.ip, entry.is), 0)) / 2;
