import type { TrackStore } from "@qmoi/core";
import type { AuditRecord } from "@qmoi/master-automation";
import type { AuditReader } from "../audit/audit-reader.ts";
import { addLines, freeName, lineOf, MAX_BYTES, noteOf, parseTracks, renderTracks, TRACKS_FILE } from "./track-file.ts";

export interface AuditTracksParts {
  readonly store: TrackStore;
  readonly records: Pick<AuditReader, "list">;
  /** Size in bytes at which the file becomes a dated one; 256 KB otherwise. */
  readonly maxBytes?: number;
}

/** The number of the last record that the file has stands in it: both are one write, whatever fails. */
const MARK = /^<!-- up to record (\d+) of the audit -->$/m;
const markOf = (seq: number): string => `\n<!-- up to record ${seq} of the audit -->\n`;

/**
 * Tracks made from the audit by whoever looks, where many processes append to it. Safe at any time and for several at once: whoever is
 * overwritten by one that knew less is made up for by the next look.
 */
export class AuditTracks {
  readonly #parts: AuditTracksParts;
  /** The last record that the file is known to have. */
  #written = 0;

  constructor(parts: AuditTracksParts) {
    this.#parts = parts;
  }

  /** Brings the file up to the audit's end; writes nothing where it is there already. */
  async follow(): Promise<void> {
    const { store, records } = this.#parts;
    const newest = (await records.list({ limit: 1 })).items[0]?.seq ?? 0;
    if (newest === 0 || newest === this.#written) return;
    const text = (await store.read(TRACKS_FILE)) ?? "";
    // A restored audit may be shorter than what was written of it.
    const marked = Number(MARK.exec(text)?.[1] ?? 0);
    const from = Math.min(marked, newest);
    let last = from;
    const news: AuditRecord[] = [];
    for (let after = from === 0 ? undefined : String(from); ; ) {
      const page = await records.list({ oldestFirst: true, ...(after === undefined ? {} : { after }) });
      news.push(...page.items);
      last = page.items.at(-1)?.seq ?? last;
      if (page.next === undefined) break;
      after = page.next;
    }
    if (last !== marked) await this.#write(text, news, last);
    this.#written = last;
  }

  async #write(text: string, news: readonly AuditRecord[], last: number): Promise<void> {
    const { store, maxBytes = MAX_BYTES } = this.#parts;
    let days = parseTracks(text);
    // What is full already goes before more is added: after a crash between the two writes, the same file goes under another name at worst.
    if (Buffer.byteLength(text) > maxBytes) {
      await store.write(await freeName(store, days), text);
      days = [];
    }
    addLines(
      days,
      news.map((record) => lineOf(noteOf(record))),
    );
    await store.write(TRACKS_FILE, renderTracks(days) + markOf(last));
  }
}
