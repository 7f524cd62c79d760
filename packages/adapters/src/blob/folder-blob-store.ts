import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { BlobInfo, BlobStore } from "@qmoi/core";
import { fileError } from "../file-error.ts";
import { checkBlobKey } from "./blob-key.ts";

/** Ends the name of a file that is being written; no key's last segment can end so, since `~` is in none. */
const PARTIAL = "~";

/** Blobs as files of a folder. A put writes beside, syncs, renames and syncs the folder, so that a crash leaves the old or the new one. */
export class FolderBlobStore implements BlobStore {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    const path = this.#path(key);
    const partial = `${path}.${randomBytes(6).toString("hex")}${PARTIAL}`;
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await writeDurably(partial, bytes);
      await rename(partial, path);
      await syncFolder(dirname(path));
    } catch (error) {
      await unlink(partial).catch(() => undefined);
      throw fileError(error, path);
    }
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const path = this.#path(key);
    try {
      return await readFile(path);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw fileError(error, path);
    }
  }

  async list(prefix: string, { after = "", limit = 1000 }: { after?: string; limit?: number } = {}): Promise<readonly BlobInfo[]> {
    const found: BlobInfo[] = [];
    for await (const key of this.#walk("", prefix)) {
      if (key <= after || !key.startsWith(prefix)) continue;
      const info = await stat(this.#path(key)).catch(() => undefined);
      if (info) found.push({ key, bytes: info.size, at: info.mtimeMs });
      if (found.length === limit) break;
    }
    return found;
  }

  async delete(key: string): Promise<void> {
    const path = this.#path(key);
    try {
      await rm(path, { force: true });
    } catch (error) {
      throw fileError(error, path);
    }
  }

  #path(key: string): string {
    return join(this.#root, ...checkBlobKey(key).split("/"));
  }

  /** Keys in order. A folder sorts as its name with the slash, which `-` and `.` come before. */
  async *#walk(folder: string, prefix: string): AsyncGenerator<string> {
    const entries = await readdir(join(this.#root, folder), { withFileTypes: true }).catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw fileError(error, join(this.#root, folder));
    });
    const named = entries.map((entry) => ({ entry, key: `${folder}${entry.name}${entry.isDirectory() ? "/" : ""}` }));
    named.sort((a, b) => (a.key < b.key ? -1 : 1));
    for (const { entry, key } of named) {
      if (entry.isDirectory()) {
        if (key.startsWith(prefix) || prefix.startsWith(key)) yield* this.#walk(key, prefix);
      } else if (!entry.name.endsWith(PARTIAL)) yield key;
    }
  }
}

const isMissing = (error: unknown): boolean => ["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "");

const writeDurably = async (path: string, bytes: Uint8Array): Promise<void> => {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
};

const syncFolder = async (path: string): Promise<void> => {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
};
