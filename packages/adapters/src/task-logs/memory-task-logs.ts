import type { Page, TaskLogChunk, TaskLogs } from "@qmoi/core";

/** Captured output in this process's memory. */
export class MemoryTaskLogs implements TaskLogs {
  readonly #chunks = new Map<string, TaskLogChunk[]>();

  append(key: string, chunk: TaskLogChunk): void {
    const chunks = this.#chunks.get(key);
    if (chunks) chunks.push(chunk);
    else this.#chunks.set(key, [chunk]);
  }

  async flush(): Promise<void> {}

  async read(key: string, { after, limit = 1000 }: { after?: string; limit?: number }): Promise<Page<TaskLogChunk>> {
    const from = after === undefined ? 0 : Number(after);
    const items = (this.#chunks.get(key) ?? []).slice(from, from + limit);
    return items.length === 0 ? { items } : { items, next: String(from + items.length) };
  }

  async deleteRun(run: string): Promise<void> {
    for (const key of this.#chunks.keys()) if (key.startsWith(`${run}/`)) this.#chunks.delete(key);
  }
}
