import type { Json } from "../json.ts";

/** Primary key: `pk` groups, `sk` orders within the group (bytewise UTF-8). */
export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/**
 * One stored item. `v` is the version that conditions compare (the writer chooses it, normally old + 1), `sv` the
 * schema version, `ttl` epoch seconds after which readers must ignore the item. `i1p`/`i1s` and `i2p`/`i2s` are the
 * keys of the two sparse indexes: an item without them is in no index.
 */
export interface Item extends Key {
  readonly v: number;
  readonly sv?: number;
  readonly ttl?: number;
  readonly i1p?: string;
  readonly i1s?: string;
  readonly i2p?: string;
  readonly i2s?: string;
  readonly [attribute: string]: Json | undefined;
}

/**
 * Condition of one write. `site` names the place in the source that relies on it, once each, so that a test can drop
 * exactly that condition and see something break. `equals` compares top-level attributes holding strings, numbers or
 * booleans; an absent item never equals. `below` holds for an absent item and for one whose version is lower.
 */
export type When =
  | { readonly site: string; readonly absent: true }
  | { readonly site: string; readonly v: number }
  | { readonly site: string; readonly below: number }
  | { readonly site: string; readonly equals: Readonly<Record<string, string | number | boolean>> };

export interface PutOptions {
  readonly when?: When;
  /** Attribute into which a store with one order over all keys writes this write's sequence number. */
  readonly stamp?: string;
}

/** `seq`: the store's order of this write over all keys; null where the store has none (DynamoDB). */
export interface Written {
  readonly seq: number | null;
}

export interface Query {
  readonly pk: string;
  /** Inclusive lower and upper bound of `sk`. */
  readonly from?: string;
  readonly to?: string;
  /** Shorthand for all `sk` that start with this; not together with from and to. */
  readonly prefix?: string;
  readonly reverse?: boolean;
  /** Most items in the page, 1 to 1000; default 1000. A page may hold fewer and still have a cursor. */
  readonly limit?: number;
  /** Opaque cursor of an earlier page of the same query. */
  readonly after?: string;
}

/** `index` 1 or 2: `pk`, `from`, `to`, `prefix` then mean `i<n>p` and `i<n>s`. */
export interface IndexQuery extends Query {
  readonly index: 1 | 2;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Present when there may be more. */
  readonly next?: string;
}

/** What an index holds: the item's own key and its key in the index. A hint: read by key, strongly, before acting. */
export interface IndexEntry extends Key {
  readonly ip: string;
  readonly is: string;
}

/** A write as the change feed tells it. `item` is absent for a deletion, `old` for a creation. */
export interface Change {
  readonly key: Key;
  /** The written item's version, where the store can tell it without reading the item. */
  readonly v?: number;
  readonly item?: Item;
  readonly old?: Item;
}

export interface SubscribeOptions {
  /** False: the subscriber looks at no old images, which some stores must fetch. */
  readonly old?: boolean;
}

export interface ScanRequest {
  readonly limit?: number;
  readonly after?: string;
}

/**
 * The one table: single-item conditional writes, strong reads by key, eventually consistent sparse indexes and a change
 * feed. Rejections: ConflictError (condition not met; nothing written), ThrottledError (nothing written), TooLargeError
 * (item over 400 KB as DynamoDB counts it; nothing written), UnavailableError (unknown whether it was written),
 * QmoiError QMOI_INVALID_KEY.
 */
export interface Table {
  /** Strong read; undefined if absent. Does not filter by `ttl`. */
  get(key: Key): Promise<Item | undefined>;
  /** Replaces the whole item. */
  put(item: Item, options?: PutOptions): Promise<Written>;
  /** Deletes; without a condition, deleting what is absent is no error. */
  delete(key: Key, options?: { readonly when?: When }): Promise<void>;
  /** Strong, ordered by `sk`. */
  query(query: Query): Promise<Page<Item>>;
  /** Eventually consistent, ordered by the index's sort key, then pk, then sk. */
  queryIndex(query: IndexQuery): Promise<Page<IndexEntry>>;
  /** Every item once, in no promised order, while writes go on. */
  scan(request?: ScanRequest): Promise<Page<Item>>;
  /**
   * Changes committed after this promise resolves, in order per key, at least once, in batches. A handler's rejection
   * makes the batch come again. Returns a function that ends the subscription. A consumer that starts must read what
   * was stored before: the feed makes decisions fast, ticks make them sure.
   */
  subscribe(handler: (changes: readonly Change[]) => void | Promise<void>, options?: SubscribeOptions): Promise<() => Promise<void>>;
  /** Where the store has an order over all keys: later writes get sequence numbers above `least`, as restored items may bear them. */
  raiseSeq?(least: number): Promise<void>;
  /** Where there is something to be gained: gives space back and brings statistics up to date. Sizes in bytes before and after, by name. */
  tidy?(): Promise<Readonly<Record<string, number>>>;
  close(): Promise<void>;
}

/** Largest item in bytes, as DynamoDB counts. */
export const MAX_ITEM_BYTES = 400 * 1024;
