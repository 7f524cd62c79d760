import {
  type Change,
  type IndexEntry,
  type IndexQuery,
  type Item,
  type Key,
  type Page,
  type PutOptions,
  type Query,
  type ScanRequest,
  type Table,
  UnavailableError,
  type When,
  type Written,
} from "@qmoi/core";
import { ChangeFeed, type ChangeHandler, type Defer, deferOnLoop } from "../change-feed.ts";
import { conflict, holds } from "../condition.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import { checkItemBytes } from "../item-bytes.ts";
import { checkItemKeys, checkKey, indexKey } from "../keys.ts";
import { pageLimit, rangeOf } from "../range.ts";
import { compareUtf8 } from "../utf8-order.ts";
import { frozenCopy } from "./frozen-copy.ts";
import { indexSorting, MemoryIndex } from "./memory-index.ts";
import { OrderedMap } from "./ordered-map.ts";
import { type Sorting, sortedPage } from "./sorted-page.ts";

const keySorting: Sorting<string> = { sort: (sk) => sk, compare: (sk, [position = ""]) => compareUtf8(sk, position) };

/** A full page has a cursor, also where nothing follows: DynamoDB does so, and callers have to live with it. */
const page = <T>(items: readonly T[], limit: number, position: (last: T) => readonly string[]): Page<T> => {
  const last = items.at(-1);
  return last === undefined || items.length < limit ? { items } : { items, next: encodeCursor(position(last)) };
};

export interface MemoryTableOptions {
  /** How the change feed waits (0: after the current work; else a retry's delay). Default: the event loop's timers. */
  readonly defer?: Defer;
}

/**
 * The table in this process's memory. A write takes effect when it is called and its promise resolves in the same turn.
 * What it stores and hands out is frozen, so that nobody can alter it.
 */
export class MemoryTable implements Table {
  readonly #defer: Defer;
  readonly #feed: ChangeFeed;
  readonly #partitions = new OrderedMap<OrderedMap<Item>>();
  readonly #indexes = { 1: new MemoryIndex(), 2: new MemoryIndex() } as const;
  #unpublished: Change[] = [];
  #seq = 0;
  #closed = false;

  constructor(options: MemoryTableOptions = {}) {
    this.#defer = options.defer ?? deferOnLoop;
    this.#feed = new ChangeFeed(this.#defer);
  }

  async get(key: Key): Promise<Item | undefined> {
    this.#checkOpen();
    checkKey(key);
    return this.#partitions.get(key.pk)?.get(key.sk);
  }

  async put(item: Item, options?: PutOptions): Promise<Written> {
    this.#checkOpen();
    checkItemKeys(item);
    checkItemBytes(item);
    const old = this.#checked(item, options?.when);
    const seq = this.#seq + 1;
    const stored = frozenCopy(options?.stamp === undefined ? item : { ...item, [options.stamp]: seq });
    this.#seq = seq;
    this.#store(stored, old);
    return { seq };
  }

  async delete(key: Key, options?: { readonly when?: When }): Promise<void> {
    this.#checkOpen();
    checkKey(key);
    const old = this.#checked(key, options?.when);
    if (old === undefined) return;
    this.#seq++;
    const partition = this.#partitions.get(key.pk);
    partition?.delete(key.sk);
    if (partition?.size === 0) this.#partitions.delete(key.pk);
    this.#moveInIndexes(key, old, undefined);
    this.#tell({ key: { pk: key.pk, sk: key.sk }, old });
  }

  async query(query: Query): Promise<Page<Item>> {
    this.#checkOpen();
    const range = rangeOf(query, 1);
    const partition = this.#partitions.get(query.pk);
    if (partition === undefined) return { items: [] };
    const sks = sortedPage(partition.order(), range, query.reverse === true, keySorting);
    return page(
      sks.map((sk) => partition.get(sk) as Item),
      range.limit,
      ({ sk }) => [sk],
    );
  }

  async queryIndex(query: IndexQuery): Promise<Page<IndexEntry>> {
    this.#checkOpen();
    const range = rangeOf(query, 3);
    const list = this.#indexes[query.index].partition(query.pk);
    if (list === undefined) return { items: [] };
    return page(sortedPage(list, range, query.reverse === true, indexSorting), range.limit, ({ is, pk, sk }) => [is, pk, sk]);
  }

  async scan(request: ScanRequest = {}): Promise<Page<Item>> {
    this.#checkOpen();
    const limit = pageLimit(request.limit);
    const [afterPk, afterSk] = request.after === undefined ? [] : decodeCursor(request.after, 2);
    const pks = this.#partitions.order();
    const items: Item[] = [];
    const first = afterPk === undefined ? 0 : pks.countBefore((pk) => compareUtf8(pk, afterPk) < 0);
    for (let i = first; i < pks.size && items.length < limit; i++) {
      const pk = pks.at(i) as string;
      const partition = this.#partitions.get(pk) as OrderedMap<Item>;
      const after = pk === afterPk && afterSk !== undefined ? [afterSk] : undefined;
      const sks = sortedPage(partition.order(), { after, limit: limit - items.length, empty: false }, false, keySorting);
      for (const sk of sks) items.push(partition.get(sk) as Item);
    }
    return page(items, limit, ({ pk, sk }) => [pk, sk]);
  }

  async subscribe(handler: ChangeHandler): Promise<() => Promise<void>> {
    this.#checkOpen();
    this.#publish();
    return this.#feed.subscribe(handler);
  }

  async raiseSeq(least: number): Promise<void> {
    this.#seq = Math.max(this.#seq, least);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#feed.close();
  }

  #checkOpen(): void {
    if (this.#closed) throw new UnavailableError("The table is closed.");
  }

  /** The stored item, once the condition holds for it. */
  #checked(key: Key, when: When | undefined): Item | undefined {
    const stored = this.#partitions.get(key.pk)?.get(key.sk);
    if (when !== undefined && !holds(when, stored)) throw conflict(key, when);
    return stored;
  }

  #store(item: Item, old: Item | undefined): void {
    let partition = this.#partitions.get(item.pk);
    if (partition === undefined) {
      partition = new OrderedMap();
      this.#partitions.set(item.pk, partition);
    }
    partition.set(item.sk, item);
    this.#moveInIndexes(item, old, item);
    this.#tell({ key: { pk: item.pk, sk: item.sk }, item, ...(old === undefined ? {} : { old }) });
  }

  #moveInIndexes(key: Key, old: Item | undefined, item: Item | undefined): void {
    this.#indexes[1].move(key, indexKey(old, 1), indexKey(item, 1));
    this.#indexes[2].move(key, indexKey(old, 2), indexKey(item, 2));
  }

  #tell(change: Change): void {
    if (!this.#feed.active) return;
    this.#unpublished.push(change);
    if (this.#unpublished.length === 1) this.#defer(0, () => this.#publish());
  }

  #publish(): void {
    const changes = this.#unpublished;
    this.#unpublished = [];
    this.#feed.publish(changes);
  }
}
