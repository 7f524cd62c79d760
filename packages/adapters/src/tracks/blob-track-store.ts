import type { BlobStore, TrackStore } from "@qmoi/core";

const PREFIX = "tracks/";

/** Tracks as blobs under `tracks/`. */
export class BlobTrackStore implements TrackStore {
  readonly #blobs: BlobStore;

  constructor(blobs: BlobStore) {
    this.#blobs = blobs;
  }

  async read(name: string): Promise<string | undefined> {
    const bytes = await this.#blobs.get(PREFIX + name);
    return bytes && Buffer.from(bytes).toString();
  }

  async write(name: string, text: string): Promise<void> {
    await this.#blobs.put(PREFIX + name, Buffer.from(text));
  }
}
