import type { Change, IndexEntry, IndexQuery, Item, Key, Page, PutOptions, Query, ScanRequest, Table, When, Written } from "@qmoi/core";
import type { Life } from "../world/life.ts";
import type { World } from "../world/world.ts";
import type { Feed } from "./feed.ts";
import type { Store } from "./store.ts";

/** What a table tells whoever judges the engine by what it asks. */
export interface TableWatch {
  /** A write is being sent. */
  readonly sending: (life: Life, item: Item, site: string | undefined) => void;
  /** A strong read, or a write under a condition, told what the item is; `sent` is the world's time at which it was sent. */
  readonly answered: (life: Life, key: Key, item: Item | undefined, sent: number) => void;
}

export interface SimTableParts {
  readonly world: World;
  readonly life: Life;
  readonly store: Store;
  readonly feed: Feed;
  readonly watch: TableWatch;
  /** Conditions that are dropped, by their sites: for the proof that each is needed. */
  readonly dropped: ReadonlySet<string>;
}

const STALE_MS = 5_000;

/** The table as one process sees it: every operation is two steps of the world, and may meet a fault. */
export class SimTable implements Table {
  readonly #parts: SimTableParts;

  constructor(parts: SimTableParts) {
    this.#parts = parts;
  }

  get(key: Key): Promise<Item | undefined> {
    const { life, store, watch, world } = this.#parts;
    const sent = world.now;
    const call = { op: "get", label: `get ${kindOf(key)}`, write: false, from: this.get };
    return life
      .call(call, () => store.serve(life, undefined, (table) => table.get(key)))
      .then((item) => {
        watch.answered(life, key, item, sent);
        return item;
      });
  }

  async put(item: Item, options?: PutOptions): Promise<Written> {
    const { life, store, watch, world } = this.#parts;
    const sent = world.now;
    const when = this.#when(options?.when);
    const site = options?.when?.site;
    watch.sending(life, item, site);
    const stored: PutOptions = { ...(when ? { when } : {}), ...(options?.stamp === undefined ? {} : { stamp: options.stamp }) };
    const label = `put ${site ?? kindOf(item)}`;
    const put = () => store.serve(life, site, (table) => table.put(item, stored));
    const written = await life.call({ op: "put", label, write: true, from: this.put }, put);
    if (when) watch.answered(life, item, item, sent);
    return written;
  }

  delete(key: Key, options?: { readonly when?: When }): Promise<void> {
    const { life, store } = this.#parts;
    const when = this.#when(options?.when);
    const site = options?.when?.site;
    return life.call({ op: "delete", label: `delete ${site ?? kindOf(key)}`, write: true, from: this.delete }, () =>
      store.serve(life, site, (table) => table.delete(key, when ? { when } : {})),
    );
  }

  query(query: Query): Promise<Page<Item>> {
    const { life, store } = this.#parts;
    const label = `query ${kindOf({ pk: query.pk, sk: query.prefix ?? query.from ?? "" })}`;
    return life.call({ op: "query", label, write: false, from: this.query }, () =>
      store.serve(life, undefined, (table) => table.query(query)),
    );
  }

  queryIndex(query: IndexQuery): Promise<Page<IndexEntry>> {
    const { life, store, world } = this.#parts;
    const stale = query.after === undefined ? () => store.past(query, world.random.between(0, STALE_MS)) : undefined;
    return life.call(
      { op: "queryIndex", label: `queryIndex ${query.index}`, write: false, from: this.queryIndex },
      () => store.serve(life, undefined, (table) => table.queryIndex(query)),
      stale,
    );
  }

  scan(request?: ScanRequest): Promise<Page<Item>> {
    const { life, store } = this.#parts;
    return life.call({ op: "scan", label: "scan", write: false, from: this.scan }, () =>
      store.serve(life, undefined, (table) => table.scan(request)),
    );
  }

  async subscribe(handler: (changes: readonly Change[]) => void | Promise<void>): Promise<() => Promise<void>> {
    const { life, feed } = this.#parts;
    const end = feed.subscribe(life, handler);
    return async () => end();
  }

  /** The store outlives its users. */
  async close(): Promise<void> {}

  #when(when: When | undefined): When | undefined {
    return when && this.#parts.dropped.has(when.site) ? undefined : when;
  }
}

const KINDS: Readonly<Record<string, string>> = {
  CTL: "control",
  W: "definition",
  G: "limiter",
  S: "schedule",
  STAT: "statistics",
  DL: "dead-letter",
  B: "budget",
};

/** What an item is, from its key. */
export const kindOf = ({ pk, sk }: Key): string => {
  if (pk.startsWith("R#")) return pk.indexOf("#", 2) >= 0 ? "attempt" : sk === "H" ? "header" : "part";
  if (pk.startsWith("G#r:")) return "rate";
  const end = pk.indexOf("#");
  const first = end < 0 ? pk : pk.slice(0, end);
  return KINDS[first] ?? first;
};
