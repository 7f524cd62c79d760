import { type BlobStore, type SegmentCodec, type SegmentKey, sha256 } from "@qmoi/core";
import type { Segment } from "@qmoi/master-automation";

export interface SegmentWriterOptions {
  readonly store: BlobStore;
  readonly codec: SegmentCodec;
  /** Of the backup. */
  readonly id: string;
  readonly key: SegmentKey | undefined;
  readonly level: number;
  readonly segmentBytes: number;
}

/** Writes lines into segments. While one is compressed and stored the next one fills; more than two are never in memory. */
export class SegmentWriter {
  readonly segments: Segment[] = [];
  readonly #options: SegmentWriterOptions;
  #lines: string[] = [];
  #length = 0;
  #storing: Promise<void> = Promise.resolve();
  #count = 0;

  constructor(options: SegmentWriterOptions) {
    this.#options = options;
  }

  async add(holds: Segment["holds"], line: string): Promise<void> {
    this.#lines.push(line);
    this.#length += line.length + 1;
    if (this.#length >= this.#options.segmentBytes) await this.cut(holds);
  }

  /** Ends the segment, so that the next line begins another one. */
  async cut(holds: Segment["holds"]): Promise<void> {
    if (this.#lines.length === 0) return;
    const plain = Buffer.from(`${this.#lines.join("\n")}\n`);
    const lines = this.#lines.length;
    this.#lines = [];
    this.#length = 0;
    await this.#storing;
    this.#storing = this.#store(holds, plain, lines, this.#count++);
    // Told by the next await; without a handler it would count as nobody's.
    this.#storing.catch(() => undefined);
  }

  /** Resolves when everything is stored. */
  async end(): Promise<void> {
    await this.#storing;
  }

  async #store(holds: Segment["holds"], plain: Uint8Array, lines: number, number: number): Promise<void> {
    const { store, codec, id, key, level } = this.#options;
    const name = segmentName(id, number);
    const sealed = await codec.seal(plain, { name, level, ...(key ? { key } : {}) });
    await store.put(name, sealed);
    this.segments.push({ name, holds, sha256: sha256(sealed), bytes: sealed.length, plainBytes: plain.length, lines });
  }
}

export const segmentName = (id: string, number: number): string => `segments/${id}/${String(number).padStart(6, "0")}.zst`;
