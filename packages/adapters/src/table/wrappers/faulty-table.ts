import {
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
  ThrottledError,
  UnavailableError,
  type When,
  type Written,
} from "@qmoi/core";
import type { ChangeHandler } from "../change-feed.ts";
import type { TableCall } from "../table-call.ts";

/**
 * What goes wrong with a call. `throttle`: refused, nothing done. `unavailable-before`: nothing done, which the caller can't know.
 * `unavailable-after`: done, but the caller gets an error. `stale`: an index query is answered as it was answered last (or, the first
 * time, from an empty index); other calls know no such fault.
 */
export type Fault = "throttle" | "unavailable-before" | "unavailable-after" | "stale";

/** A table that fails where it's told to. */
export class FaultyTable implements Table {
  readonly #inner: Table;
  readonly #decide: (call: TableCall) => Fault | undefined;
  readonly #lastPages = new Map<string, Page<IndexEntry>>();

  constructor(inner: Table, decide: (call: TableCall) => Fault | undefined) {
    this.#inner = inner;
    this.#decide = decide;
  }

  get(key: Key): Promise<Item | undefined> {
    return this.#call({ op: "get", pk: key.pk, sk: key.sk }, () => this.#inner.get(key));
  }

  put(item: Item, options?: PutOptions): Promise<Written> {
    return this.#call({ op: "put", pk: item.pk, sk: item.sk, ...siteOf(options?.when) }, () => this.#inner.put(item, options));
  }

  delete(key: Key, options?: { readonly when?: When }): Promise<void> {
    return this.#call({ op: "delete", pk: key.pk, sk: key.sk, ...siteOf(options?.when) }, () => this.#inner.delete(key, options));
  }

  query(query: Query): Promise<Page<Item>> {
    return this.#call({ op: "query", pk: query.pk }, () => this.#inner.query(query));
  }

  queryIndex(query: IndexQuery): Promise<Page<IndexEntry>> {
    const text = JSON.stringify(query);
    return this.#call(
      { op: "queryIndex", pk: query.pk, index: query.index },
      async () => {
        const page = await this.#inner.queryIndex(query);
        this.#lastPages.set(text, page);
        return page;
      },
      async () => this.#lastPages.get(text) ?? { items: [] },
    );
  }

  scan(request?: ScanRequest): Promise<Page<Item>> {
    return this.#call({ op: "scan" }, () => this.#inner.scan(request));
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

  async #call<T>(call: TableCall, run: () => Promise<T>, runStale: () => Promise<T> = run): Promise<T> {
    const fault = this.#decide(call);
    if (fault === "throttle") throw new ThrottledError(`Told to throttle ${describe(call)}.`);
    if (fault === "unavailable-before") throw new UnavailableError(`Told to lose ${describe(call)}.`);
    if (fault === "unavailable-after") {
      // Whatever came of it, the caller doesn't hear.
      await run().catch(() => undefined);
      throw new UnavailableError(`Told to lose the answer to ${describe(call)}.`);
    }
    return fault === "stale" ? runStale() : run();
  }
}

const siteOf = (when: When | undefined): { readonly site?: string } => (when === undefined ? {} : { site: when.site });

const describe = ({ op, pk, sk }: TableCall): string => [op, pk, sk].filter((part) => part !== undefined).join(" ");
