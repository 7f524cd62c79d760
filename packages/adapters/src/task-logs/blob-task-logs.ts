import type { BlobStore, Page, TaskLogChunk, TaskLogs } from "@qmoi/core";

const keyOf = (key: string): string => `logs/${key.replace(/[^A-Za-z0-9._=/-]/g, "_")}.json`;

/** Captured output as one blob an attempt, written at its end: the engine caps it, so it fits in memory. */
export class BlobTaskLogs implements TaskLogs {
  readonly #blobs: BlobStore;
  readonly #open = new Map<string, TaskLogChunk[]>();

  constructor(blobs: BlobStore) {
    this.#blobs = blobs;
  }

  append(key: string, chunk: TaskLogChunk): void {
    const chunks = this.#open.get(key);
    if (chunks) chunks.push(chunk);
    else this.#open.set(key, [chunk]);
  }

  async flush(key: string): Promise<void> {
    const chunks = this.#open.get(key);
    if (!chunks) return;
    this.#open.delete(key);
    const before = await this.#stored(key);
    await this.#blobs.put(keyOf(key), Buffer.from(JSON.stringify([...before, ...chunks])));
  }

  async read(key: string, { after, limit = 1000 }: { after?: string; limit?: number }): Promise<Page<TaskLogChunk>> {
    const from = after === undefined ? 0 : Number(after);
    const items = (await this.#stored(key)).slice(from, from + limit);
    return items.length === 0 ? { items } : { items, next: String(from + items.length) };
  }

  async deleteRun(run: string): Promise<void> {
    for (const { key } of await this.#blobs.list(`logs/${run}/`)) await this.#blobs.delete(key);
  }

  async #stored(key: string): Promise<readonly TaskLogChunk[]> {
    const bytes = await this.#blobs.get(keyOf(key));
    return bytes ? (JSON.parse(Buffer.from(bytes).toString()) as readonly TaskLogChunk[]) : [];
  }
}
