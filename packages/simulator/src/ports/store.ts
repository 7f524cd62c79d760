import { MemoryTable } from "@qmoi/adapters";
import type { Change, IndexEntry, IndexQuery, Item, Key, Page } from "@qmoi/core";
import type { Life } from "../world/life.ts";
import type { World } from "../world/world.ts";

/** A committed write, and who sent it. */
export interface Commit extends Change {
  readonly by: Life | undefined;
  readonly site: string | undefined;
}

/** Where an item stood in an index, from when until when (ms of the world). */
interface Stay extends IndexEntry {
  readonly index: 1 | 2;
  readonly from: number;
  until: number;
}

const nameOf = (key: Key): string => `${key.pk}|${key.sk}`;

/** The one table of a world. Tells each commit in the step in which it happens, and remembers how its indexes were. */
export class Store {
  readonly table: MemoryTable;
  readonly #world: World;
  readonly #items = new Map<string, Item>();
  readonly #stays: Stay[] = [];
  readonly #listeners: ((commit: Commit) => void)[] = [];
  /** How often each condition was used, in the order of the first use. */
  readonly sites = new Map<string, number>();
  /** Whose request is being served, under which condition. */
  #by: Life | undefined;
  #site: string | undefined;

  constructor(world: World) {
    this.#world = world;
    this.table = new MemoryTable({ defer: (_, run) => run() });
  }

  async open(): Promise<void> {
    await this.table.subscribe((changes) => {
      for (const change of changes) this.#commit(change);
    });
  }

  onCommit(listener: (commit: Commit) => void): void {
    this.#listeners.push(listener);
  }

  /** What is stored at this very moment. */
  peek(key: Key): Item | undefined {
    return this.#items.get(nameOf(key));
  }

  /** Everything stored, in no order. */
  all(): Iterable<Item> {
    return this.#items.values();
  }

  /** Makes one request; what it commits is told as this life's. */
  serve<T>(life: Life | undefined, site: string | undefined, request: (table: MemoryTable) => Promise<T>): Promise<T> {
    this.#by = life;
    this.#site = site;
    if (site !== undefined) this.sites.set(site, (this.sites.get(site) ?? 0) + 1);
    return request(this.table);
  }

  /** A page of an index as it was `ago` ms ago. */
  past(query: IndexQuery, ago: number): Page<IndexEntry> {
    const then = this.#world.now - ago;
    const found = this.#stays.filter(
      (stay) =>
        stay.index === query.index &&
        stay.ip === query.pk &&
        stay.from <= then &&
        then < stay.until &&
        (query.from === undefined || stay.is >= query.from) &&
        (query.to === undefined || stay.is <= query.to),
    );
    found.sort((a, b) => (a.is < b.is || (a.is === b.is && a.pk < b.pk) ? -1 : 1));
    if (query.reverse) found.reverse();
    return { items: found.slice(0, query.limit ?? 1000).map(({ pk, sk, ip, is }) => ({ pk, sk, ip, is })) };
  }

  #commit(change: Change): void {
    const name = nameOf(change.key);
    if (change.item) this.#items.set(name, change.item);
    else this.#items.delete(name);
    this.#move(change, 1);
    this.#move(change, 2);
    const commit: Commit = { ...change, by: this.#by, site: this.#site };
    for (const listener of this.#listeners) listener(commit);
  }

  #move({ key, item, old }: Change, index: 1 | 2): void {
    const before = old && entryOf(old, index);
    const after = item && entryOf(item, index);
    if (before?.ip === after?.ip && before?.is === after?.is) return;
    const { now } = this.#world;
    if (before)
      for (const stay of this.#stays)
        if (stay.index === index && stay.pk === key.pk && stay.sk === key.sk) stay.until = Math.min(stay.until, now);
    if (after) this.#stays.push({ ...after, index, pk: key.pk, sk: key.sk, from: now, until: Number.POSITIVE_INFINITY });
  }
}

const entryOf = (item: Item, index: 1 | 2): { ip: string; is: string } | undefined => {
  const [ip, is] = index === 1 ? [item.i1p, item.i1s] : [item.i2p, item.i2s];
  return ip === undefined || is === undefined ? undefined : { ip, is };
};
