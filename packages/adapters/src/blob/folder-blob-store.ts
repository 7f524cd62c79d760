import { readdir, readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { BlobInfo, BlobStore } from "@qmoi/core";
import { fileError } from "../file-error.ts";
import { checkBlobKey, checkBlobLimit } from "./blob-key.ts";
import { DurableFiles, hasErrno } from "./durable-files.ts";

/** Ends the names of folders, so that both `a` and `a/b` can be keys; no segment of a key has it. */
const FOLDER = "~";
const ASIDE = "~partial";

/**
 * Blobs as files below a folder. A put is atomic and durable, and survives loss of power. Beyond the port's errors an operation can
 * fail with QMOI_STORE_FULL or QMOI_STORE_READ_ONLY (nothing changed), or UnavailableError.
 */
export class FolderBlobStore implements BlobStore {
  readonly #root: string;
  readonly #files: DurableFiles;

  constructor(root: string) {
    this.#root = resolve(root);
    this.#files = new DurableFiles(this.#root, ASIDE);
  }

  put(key: string, bytes: Uint8Array): Promise<void> {
    return this.#at(key, (path) => this.#files.write(path, bytes));
  }

  get(key: string): Promise<Uint8Array | undefined> {
    return this.#at(key, (path) => readFile(path).catch(unlessMissing(undefined)));
  }

  async list(prefix: string, options: { after?: string; limit?: number } = {}): Promise<readonly BlobInfo[]> {
    const limit = checkBlobLimit(options.limit);
    const found: BlobInfo[] = [];
    try {
      for await (const { key, path } of this.#walk("", this.#root, prefix, options.after ?? "")) {
        const info = await stat(path).catch(unlessMissing(undefined));
        if (info !== undefined) found.push({ key, bytes: info.size, at: Math.round(info.mtimeMs) });
        if (found.length === limit) break;
      }
    } catch (error) {
      throw fileError(error, this.#root);
    }
    return found;
  }

  delete(key: string): Promise<void> {
    return this.#at(key, (path) => this.#files.remove(path));
  }

  async #at<T>(key: string, run: (path: string) => Promise<T>): Promise<T> {
    const segments = checkBlobKey(key).split("/");
    const file = segments.pop() ?? "";
    const path = join(this.#root, ...segments.map((segment) => segment + FOLDER), file);
    try {
      return await run(path);
    } catch (error) {
      throw fileError(error, path);
    }
  }

  /** The keys below a folder that match, in order. `above` is the start that they share. */
  async *#walk(above: string, folder: string, prefix: string, after: string): AsyncGenerator<{ key: string; path: string }> {
    const entries = await readdir(folder, { withFileTypes: true }).catch(unlessMissing([]));
    const named = entries
      .filter(({ name }) => name !== ASIDE)
      .map((entry) => ({
        path: join(folder, entry.name),
        isFolder: entry.isDirectory(),
        key: above + keyPart(entry.name, entry.isDirectory()),
      }));
    // A folder's keys begin with its name and a slash, and `-` and `.` come before that.
    named.sort((a, b) => (a.key < b.key ? -1 : 1));
    for (const { path, isFolder, key } of named) {
      if (!isFolder && key > after && key.startsWith(prefix)) yield { key, path };
      const mayMatch = key.startsWith(prefix) || prefix.startsWith(key);
      if (isFolder && mayMatch && (key > after || after.startsWith(key))) yield* this.#walk(key, path, prefix, after);
    }
  }
}

const keyPart = (name: string, isFolder: boolean): string => (isFolder ? `${name.slice(0, -FOLDER.length)}/` : name);

const unlessMissing =
  <T>(instead: T) =>
  (error: unknown): T => {
    // A folder of a key's name may have gone between a look and the next.
    if (hasErrno(error, "ENOENT")) return instead;
    throw error;
  };
