import type { BlobStore, Item, Table } from "@qmoi/core";
import { itemKind } from "@qmoi/master-automation";
import { type AttemptItem, attemptOf, type HeaderItem, isEnded, isHeaderKey, type PartItem, runOf } from "../items.ts";
import { isOfRun } from "../of-run.ts";

/** Items a page of a scan: little enough that work goes on between two. */
const PAGE = 250;
const BLOB_PREFIXES = ["definitions/", "inputs/", "lists/", "outputs/"] as const;

/** How far a run had come when its header was read. */
interface Seen {
  readonly v: number;
  readonly fold: number;
  readonly tasks: number;
  readonly ended: boolean;
}

/**
 * Reads everything while work goes on. Each run is consistent: its header and frontier are read before its attempts, and of those only the
 * ones released by then count, however much further they have come. Holds about 100 bytes a run in memory.
 */
export class Snapshot {
  readonly #table: Table;
  readonly #blobs: BlobStore;
  readonly #runs = new Map<string, Seen>();

  constructor(table: Table, blobs: BlobStore) {
    this.#table = table;
    this.#blobs = blobs;
  }

  /** All items but attempts. */
  async *items(): AsyncGenerator<Item> {
    for await (const item of scan(this.#table)) {
      const { kind } = itemKind(item);
      if (kind === "attempts" || kind === "frontiers") continue;
      if (isHeaderKey(item)) yield* this.#run(item as HeaderItem);
      else yield item;
    }
  }

  /** The attempts of the runs that `items` gave, as far as these knew of them. */
  async *attempts(): AsyncGenerator<AttemptItem> {
    for await (const item of scan(this.#table)) {
      const at = attemptOf(item);
      if (at && this.#belongs(at.run, at.task, item as AttemptItem)) yield item as AttemptItem;
    }
  }

  /** Blobs that the items may name. */
  async *blobs(): AsyncGenerator<{ readonly key: string; readonly bytes: Uint8Array }> {
    for (const prefix of BLOB_PREFIXES) {
      for await (const key of blobKeys(this.#blobs, prefix)) {
        const run = /^[^/]+\/([^/.]+)/.exec(key)?.[1] ?? "";
        if (prefix !== "definitions/" && !this.#runs.has(run)) continue;
        const bytes = await this.#blobs.get(key);
        if (bytes) yield { key, bytes };
      }
    }
  }

  /** A large run lies in several items: they are read again, between two readings of the same header. */
  async *#run(scanned: HeaderItem): AsyncGenerator<Item> {
    let header = scanned;
    let parts: readonly PartItem[] = [];
    while (!header.small) {
      parts = (await this.#parts(header.pk)).filter((part) => isOfRun(part, header));
      const again = (await this.#table.get(header)) as HeaderItem | undefined;
      if (!again || again.v === header.v) break;
      header = again;
    }
    const fold = Math.max(header.v, ...parts.map((part) => part.fn));
    this.#runs.set(runOf(header.pk), { v: header.v, fold, tasks: header.n, ended: isEnded(header) });
    yield* [header, ...parts];
  }

  async #parts(pk: string): Promise<readonly PartItem[]> {
    const parts: Item[] = [];
    for (let after: string | undefined; ; ) {
      const page = await this.#table.query({ pk, prefix: "F#", ...(after === undefined ? {} : { after }) });
      parts.push(...page.items);
      if (page.next === undefined) return parts as PartItem[];
      after = page.next;
    }
  }

  #belongs(run: string, task: number, { v, s, fo, w }: AttemptItem): boolean {
    const seen = this.#runs.get(run);
    if (!seen || task >= seen.tasks || !isOfRun({ v }, seen)) return false;
    // Voided before grants told of their fold: whether the run knew of it then can't be told, and nothing happened in it.
    if (fo === 0 && s === "void" && w === "-") return seen.ended;
    return fo <= seen.fold;
  }
}

/** Every item, page by page, on the store's second connection where it has one. */
export async function* scan(table: Table): AsyncGenerator<Item> {
  for (let after: string | undefined; ; ) {
    const page = await table.scan({ limit: PAGE, ...(after === undefined ? {} : { after }) });
    yield* page.items;
    if (page.next === undefined) return;
    after = page.next;
  }
}

export async function* blobKeys(blobs: BlobStore, prefix: string): AsyncGenerator<string> {
  for (let after: string | undefined; ; ) {
    const page = await blobs.list(prefix, { limit: 1000, ...(after === undefined ? {} : { after }) });
    for (const { key } of page) yield key;
    if (page.length < 1000) return;
    after = page.at(-1)?.key;
  }
}
