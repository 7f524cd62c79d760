import {
  ConflictError,
  type IndexEntry,
  type IndexQuery,
  type Item,
  type Key,
  type Page,
  type PutOptions,
  type Query,
  type ScanRequest,
  type SubscribeOptions,
  type Table,
  type When,
  type Written,
} from "@qmoi/core";
import type { ChangeHandler } from "../change-feed.ts";
import { type Capacity, DynamoTable } from "../dynamo/dynamo-table.ts";
import { itemBytes } from "../item-bytes.ts";
import type { TableCall } from "../table-call.ts";
import { type Footprint, footprint, indexReadUnits, indexWriteUnits, strongReadUnits, tableWriteUnits } from "./units.ts";

/** Requests and what they cost, in DynamoDB's request units. */
export interface Cost {
  readonly requests: number;
  /** Writes among them whose condition did not hold; they cost as well. */
  readonly refused: number;
  readonly readUnits: number;
  /** Of the table and its indexes. */
  readonly writeUnits: number;
  /** Of the indexes alone. */
  readonly indexWriteUnits: number;
}

const NOTHING: Cost = { requests: 0, refused: 0, readUnits: 0, writeUnits: 0, indexWriteUnits: 0 };

const sum = (a: Cost, b: Partial<Cost>): Cost => ({
  requests: a.requests + (b.requests ?? 0),
  refused: a.refused + (b.refused ?? 0),
  readUnits: a.readUnits + (b.readUnits ?? 0),
  writeUnits: a.writeUnits + (b.writeUnits ?? 0),
  indexWriteUnits: a.indexWriteUnits + (b.indexWriteUnits ?? 0),
});

export interface CountingTableOptions {
  /** The group that a call is counted in. Default: its operation. */
  readonly label?: (call: TableCall) => string;
}

/**
 * Counts a table's requests and units by label and by the site of the write's condition. Around a DynamoTable the units are those that
 * DynamoDB reports, except of refused writes, for which it reports none. Around any other table they are computed by
 * DynamoDB's rules; what that table held before is known after `prime`.
 */
export class CountingTable implements Table {
  readonly #inner: Table;
  readonly #label: (call: TableCall) => string;
  readonly #stored: Map<string, Footprint> | undefined;
  readonly #byLabel = new Map<string, Cost>();
  readonly #bySite = new Map<string, Cost>();

  constructor(inner: Table, options: CountingTableOptions = {}) {
    this.#inner = inner;
    this.#label = options.label ?? (({ op }) => op);
    if (inner instanceof DynamoTable) inner.onCapacity = (call, capacity) => this.#reported(call, capacity);
    else this.#stored = new Map();
  }

  /** Learns what the table holds already, without counting that. */
  async prime(): Promise<void> {
    let after: string | undefined;
    do {
      const page = await this.#inner.scan({ after });
      for (const item of page.items) this.#stored?.set(keyText(item), footprint(item));
      after = page.next;
    } while (after !== undefined);
  }

  get total(): Cost {
    return [...this.#byLabel.values()].reduce(sum, NOTHING);
  }

  get byLabel(): ReadonlyMap<string, Cost> {
    return this.#byLabel;
  }

  /** Conditional writes only. */
  get bySite(): ReadonlyMap<string, Cost> {
    return this.#bySite;
  }

  reset(): void {
    this.#byLabel.clear();
    this.#bySite.clear();
  }

  async get(key: Key): Promise<Item | undefined> {
    const call: TableCall = { op: "get", pk: key.pk, sk: key.sk };
    const item = await this.#counted(call, this.#inner.get(key));
    this.#read(call, item === undefined ? [] : [item]);
    return item;
  }

  async put(item: Item, options?: PutOptions): Promise<Written> {
    const next = this.#stored && footprint(item);
    return this.#written("put", item, options?.when, next, this.#inner.put(item, options));
  }

  async delete(key: Key, options?: { readonly when?: When }): Promise<void> {
    return this.#written("delete", key, options?.when, undefined, this.#inner.delete(key, options));
  }

  async query(query: Query): Promise<Page<Item>> {
    const call: TableCall = { op: "query", pk: query.pk };
    const page = await this.#counted(call, this.#inner.query(query));
    this.#read(call, page.items);
    return page;
  }

  async queryIndex(query: IndexQuery): Promise<Page<IndexEntry>> {
    const call: TableCall = { op: "queryIndex", pk: query.pk, index: query.index };
    const page = await this.#counted(call, this.#inner.queryIndex(query));
    if (this.#stored !== undefined) this.#add(call, { readUnits: indexReadUnits(page.items) });
    return page;
  }

  async scan(request?: ScanRequest): Promise<Page<Item>> {
    const call: TableCall = { op: "scan" };
    const page = await this.#counted(call, this.#inner.scan(request));
    this.#read(call, page.items);
    return page;
  }

  subscribe(handler: ChangeHandler, options?: SubscribeOptions): Promise<() => Promise<void>> {
    return this.#inner.subscribe(handler, options);
  }

  async raiseSeq(least: number): Promise<void> {
    await this.#inner.raiseSeq?.(least);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  async #counted<T>(call: TableCall, answer: Promise<T>): Promise<T> {
    this.#add(call, { requests: 1 });
    return answer;
  }

  /** Writes settle in the order of their commits, so that the old image known then is the one that was replaced. */
  async #written<T>(op: "put" | "delete", key: Key, when: When | undefined, next: Footprint | undefined, answer: Promise<T>): Promise<T> {
    const call: TableCall = { op, pk: key.pk, sk: key.sk, ...(when === undefined ? {} : { site: when.site }) };
    try {
      const result = await this.#counted(call, answer);
      this.#store(call, key, next);
      return result;
    } catch (error) {
      if (error instanceof ConflictError) {
        const old = this.#stored?.get(keyText(key));
        this.#add(call, { refused: 1, ...(this.#stored === undefined ? {} : { writeUnits: tableWriteUnits(old, next) }) });
      }
      throw error;
    }
  }

  #store(call: TableCall, key: Key, next: Footprint | undefined): void {
    if (this.#stored === undefined) return;
    const text = keyText(key);
    const old = this.#stored.get(text);
    const inIndexes = indexWriteUnits(old, next, 1) + indexWriteUnits(old, next, 2);
    this.#add(call, { writeUnits: tableWriteUnits(old, next) + inIndexes, indexWriteUnits: inIndexes });
    if (next === undefined) this.#stored.delete(text);
    else this.#stored.set(text, next);
  }

  #read(call: TableCall, items: readonly Item[]): void {
    if (this.#stored === undefined) return;
    this.#add(call, { readUnits: strongReadUnits(items.reduce((bytes, item) => bytes + itemBytes(item), 0)) });
  }

  #reported(call: TableCall, capacity: Capacity): void {
    if ("refused" in capacity) {
      const old = capacity.refused.by === undefined ? undefined : footprint(capacity.refused.by);
      const next = capacity.refused.item === undefined ? undefined : footprint(capacity.refused.item);
      this.#add(call, { writeUnits: tableWriteUnits(old, next) });
      return;
    }
    const { CapacityUnits = 0, GlobalSecondaryIndexes = {} } = capacity.consumed;
    const inIndexes = Object.values(GlobalSecondaryIndexes).reduce((units, index) => units + (index.CapacityUnits ?? 0), 0);
    if (call.op === "put" || call.op === "delete") this.#add(call, { writeUnits: CapacityUnits, indexWriteUnits: inIndexes });
    else this.#add(call, { readUnits: CapacityUnits });
  }

  #add(call: TableCall, cost: Partial<Cost>): void {
    const label = this.#label(call);
    this.#byLabel.set(label, sum(this.#byLabel.get(label) ?? NOTHING, cost));
    if (call.site !== undefined) this.#bySite.set(call.site, sum(this.#bySite.get(call.site) ?? NOTHING, cost));
  }
}

const keyText = (key: Key): string => JSON.stringify([key.pk, key.sk]);
