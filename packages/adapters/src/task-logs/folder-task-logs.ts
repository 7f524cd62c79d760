import { appendFile, mkdir, open, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Page, TaskLogChunk, TaskLogs } from "@qmoi/core";

const MOST_READ = 256 * 1024;

/** Captured output as JSON lines, a file an attempt (`run/task-attempt.jsonl`), written once a turn of the event loop. */
export class FolderTaskLogs implements TaskLogs {
  readonly #root: string;
  readonly #pending = new Map<string, string[]>();
  readonly #writing = new Map<string, Promise<void>>();
  readonly #failed: (error: unknown) => void;

  /** `failed` gets what can't be written; the output is lost then, the attempt goes on. */
  constructor(root: string, failed: (error: unknown) => void = () => undefined) {
    this.#root = root;
    this.#failed = failed;
  }

  append(key: string, chunk: TaskLogChunk): void {
    const line = `${JSON.stringify([chunk.at, chunk.stream, chunk.text])}\n`;
    const pending = this.#pending.get(key);
    if (pending) {
      pending.push(line);
      return;
    }
    this.#pending.set(key, [line]);
    const before = this.#writing.get(key) ?? Promise.resolve();
    const writing = before.then(() => new Promise<void>((resolve) => setImmediate(resolve))).then(() => this.#write(key));
    this.#writing.set(key, writing);
    void writing.then(() => {
      if (this.#writing.get(key) === writing) this.#writing.delete(key);
    });
  }

  async flush(key: string): Promise<void> {
    await this.#writing.get(key);
  }

  async read(key: string, { after, limit = 1000 }: { after?: string; limit?: number }): Promise<Page<TaskLogChunk>> {
    await this.flush(key);
    const from = after === undefined || !/^\d{1,15}$/.test(after) ? 0 : Number(after);
    const text = await readFrom(this.#path(key), from);
    const items: TaskLogChunk[] = [];
    let at = from;
    for (const line of text.split("\n").slice(0, -1)) {
      if (items.length === limit) break;
      at += Buffer.byteLength(line) + 1;
      const chunk = parseLine(line);
      if (chunk) items.push(chunk);
    }
    return items.length === 0 ? { items } : { items, next: String(at) };
  }

  async deleteRun(run: string): Promise<void> {
    await rm(join(this.#root, run), { recursive: true, force: true });
  }

  async #write(key: string): Promise<void> {
    const lines = this.#pending.get(key) ?? [];
    this.#pending.delete(key);
    const path = this.#path(key);
    try {
      await appendFile(path, lines.join("")).catch(async (error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT") throw error;
        await mkdir(dirname(path), { recursive: true });
        await appendFile(path, lines.join(""));
      });
    } catch (error) {
      this.#failed(error);
    }
  }

  #path(key: string): string {
    const [run, task, attempt] = key.split("/");
    return join(this.#root, String(run), `${task}-${attempt}.jsonl`);
  }
}

/** At most 256 KB of whole lines; more of a longer line, so that reading always goes on. */
const readFrom = async (path: string, from: number): Promise<string> => {
  const file = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (!file) return "";
  try {
    for (let size = MOST_READ; ; size *= 4) {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(size), 0, size, from);
      const end = buffer.subarray(0, bytesRead).lastIndexOf(10);
      if (end >= 0 || bytesRead < size) return buffer.toString("utf8", 0, end + 1);
    }
  } finally {
    await file.close();
  }
};

/** A line that a crash cut off is left out. */
const parseLine = (line: string): TaskLogChunk | undefined => {
  try {
    const [at, stream, text] = JSON.parse(line) as [number, TaskLogChunk["stream"], string];
    return { at, stream, text };
  } catch {
    return undefined;
  }
};
