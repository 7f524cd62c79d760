import type { IndexEntry, Key } from "@qmoi/core";
import type { IndexKey } from "../keys.ts";
import { compareUtf8 } from "../utf8-order.ts";
import { SortedList } from "./sorted-list.ts";
import type { Sorting } from "./sorted-page.ts";

const compareEntries = (a: IndexEntry, b: IndexEntry): number =>
  compareUtf8(a.is, b.is) || compareUtf8(a.pk, b.pk) || compareUtf8(a.sk, b.sk);

/** Bounds on an index apply to its sort key; a cursor holds all three parts. */
export const indexSorting: Sorting<IndexEntry> = {
  sort: (entry) => entry.is,
  compare: (entry, [is = "", pk = "", sk = ""]) => compareUtf8(entry.is, is) || compareUtf8(entry.pk, pk) || compareUtf8(entry.sk, sk),
};

/** One sparse index of a MemoryTable: entries by partition, in order. */
export class MemoryIndex {
  readonly #partitions = new Map<string, SortedList<IndexEntry>>();

  partition(ip: string): SortedList<IndexEntry> | undefined {
    return this.#partitions.get(ip);
  }

  /** Moves an item's entry from where it stood to where it stands now. */
  move(key: Key, from: IndexKey | undefined, to: IndexKey | undefined): void {
    if (from?.ip === to?.ip && from?.is === to?.is) return;
    if (from !== undefined) this.#remove({ ...from, pk: key.pk, sk: key.sk });
    if (to !== undefined) this.#insert(Object.freeze({ ...to, pk: key.pk, sk: key.sk }));
  }

  #insert(entry: IndexEntry): void {
    const list = this.#partitions.get(entry.ip);
    if (list === undefined) this.#partitions.set(entry.ip, new SortedList(compareEntries, [entry]));
    else list.insert(entry);
  }

  #remove(entry: IndexEntry): void {
    const list = this.#partitions.get(entry.ip);
    list?.remove(entry);
    if (list?.size === 0) this.#partitions.delete(entry.ip);
  }
}
