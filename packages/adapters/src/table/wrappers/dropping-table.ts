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

/** How a condition's site was used. */
export interface SiteUse {
  /** Writes that carried the condition. */
  readonly used: number;
  /** Those among them that were refused. A dropped condition refuses nothing. */
  readonly refused: number;
}

/**
 * Writes without the condition of one site, to prove that something notices. Sites are listed in the order of their first use, so that a
 * caller can number them; without a site to drop it only lists.
 */
export class DroppingTable implements Table {
  readonly #inner: Table;
  readonly #dropped: string | undefined;
  readonly #sites = new Map<string, SiteUse>();

  constructor(inner: Table, dropped?: string) {
    this.#inner = inner;
    this.#dropped = dropped;
  }

  get sites(): ReadonlyMap<string, SiteUse> {
    return this.#sites;
  }

  get(key: Key): Promise<Item | undefined> {
    return this.#inner.get(key);
  }

  put(item: Item, options: PutOptions = {}): Promise<Written> {
    return this.#write(options.when, (when) => this.#inner.put(item, { ...options, when }));
  }

  delete(key: Key, options: { readonly when?: When } = {}): Promise<void> {
    return this.#write(options.when, (when) => this.#inner.delete(key, { when }));
  }

  query(query: Query): Promise<Page<Item>> {
    return this.#inner.query(query);
  }

  queryIndex(query: IndexQuery): Promise<Page<IndexEntry>> {
    return this.#inner.queryIndex(query);
  }

  scan(request?: ScanRequest): Promise<Page<Item>> {
    return this.#inner.scan(request);
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

  async #write<T>(when: When | undefined, write: (when: When | undefined) => Promise<T>): Promise<T> {
    if (when === undefined) return write(when);
    this.#count(when.site, { used: 1, refused: 0 });
    try {
      return await write(when.site === this.#dropped ? undefined : when);
    } catch (error) {
      if (error instanceof ConflictError) this.#count(when.site, { used: 0, refused: 1 });
      throw error;
    }
  }

  #count(site: string, { used, refused }: SiteUse): void {
    const before = this.#sites.get(site) ?? { used: 0, refused: 0 };
    this.#sites.set(site, { used: before.used + used, refused: before.refused + refused });
  }
}
