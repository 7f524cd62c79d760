import type { BlobInfo, BlobStore } from "@qmoi/core";
import { checkBlobKey, checkBlobLimit } from "./blob-key.ts";

/** Blobs in this process's memory. */
export class MemoryBlobStore implements BlobStore {
  readonly #blobs = new Map<string, { readonly bytes: Uint8Array; readonly at: number }>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    this.#blobs.set(checkBlobKey(key), { bytes: Uint8Array.from(bytes), at: this.#now() });
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const blob = this.#blobs.get(checkBlobKey(key));
    return blob && Uint8Array.from(blob.bytes);
  }

  async list(prefix: string, options: { after?: string; limit?: number } = {}): Promise<readonly BlobInfo[]> {
    const { after = "" } = options;
    const limit = checkBlobLimit(options.limit);
    const keys = [...this.#blobs.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
    return keys.slice(0, limit).map((key) => {
      const blob = this.#blobs.get(key);
      return { key, bytes: blob?.bytes.length ?? 0, at: blob?.at ?? 0 };
    });
  }

  async delete(key: string): Promise<void> {
    this.#blobs.delete(checkBlobKey(key));
  }
}
