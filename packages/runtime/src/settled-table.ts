import {
  type IndexEntry,
  type IndexQuery,
  type Item,
  type Key,
  type Page,
  QmoiError,
  type Query,
  type ScanRequest,
  type Table,
} from "@qmoi/core";
import { generationOf } from "@qmoi/master-automation";
import { isUnderWay, RESTORE_KEY, type RestoreItem } from "./backup/restore-record.ts";

/**
 * The table as engines read it: what a restore has written is given out only once that restore has ended, so that nobody goes on from what
 * is half replaced. Whoever never meets a restore pays nothing; after one, each process makes one read more.
 * Rejects also with QMOI_RESTORING.
 */
export class SettledTable implements Table {
  readonly #inner: Table;
  /** Restores up to this generation have ended. */
  #settled = 0;

  readonly put: Table["put"];
  readonly delete: Table["delete"];
  readonly subscribe: Table["subscribe"];
  readonly close: Table["close"];
  readonly raiseSeq: Table["raiseSeq"];
  readonly tidy: Table["tidy"];

  constructor(inner: Table) {
    this.#inner = inner;
    this.put = (...write) => inner.put(...write);
    this.delete = (...write) => inner.delete(...write);
    this.subscribe = (...request) => inner.subscribe(...request);
    this.close = () => inner.close();
    if (inner.raiseSeq) this.raiseSeq = (least) => inner.raiseSeq?.(least) as Promise<void>;
    if (inner.tidy) this.tidy = () => inner.tidy?.() as ReturnType<NonNullable<Table["tidy"]>>;
  }

  async get(key: Key): Promise<Item | undefined> {
    const item = await this.#inner.get(key);
    if (item && generationOf(item) > this.#settled) await this.#settle([item]);
    return item;
  }

  async query(query: Query): Promise<Page<Item>> {
    return this.#page(await this.#inner.query(query));
  }

  async scan(request?: ScanRequest): Promise<Page<Item>> {
    return this.#page(await this.#inner.scan(request));
  }

  queryIndex(query: IndexQuery): Promise<Page<IndexEntry>> {
    return this.#inner.queryIndex(query);
  }

  async #page(page: Page<Item>): Promise<Page<Item>> {
    if (page.items.some((item) => generationOf(item) > this.#settled)) await this.#settle(page.items);
    return page;
  }

  /** Asked after the items were read: a restore says that it is under way before it writes the first. */
  async #settle(items: readonly Item[]): Promise<void> {
    const newest = items.reduce((most, item) => Math.max(most, generationOf(item)), 0);
    const restore = (await this.#inner.get(RESTORE_KEY)) as RestoreItem | undefined;
    if (restore && isUnderWay(restore)) throw new QmoiError("QMOI_RESTORING", "What is stored is being replaced by a backup.");
    this.#settled = Math.max(this.#settled, newest);
  }
}
