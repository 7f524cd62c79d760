import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, rename, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

const FORGET_AFTER = 10_000;
/** What is older was left by a process that died while writing. */
const LEFTOVER_MS = 3_600_000;
/** Somebody may remove an empty folder between its making and the file's arrival in it. */
const TRIES = 5;

export const hasErrno = (error: unknown, ...codes: string[]): boolean =>
  error instanceof Error && "code" in error && codes.includes(String(error.code));

const syncFolder = async (path: string): Promise<void> => {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
};

const writeAndSync = async (path: string, bytes: Uint8Array): Promise<void> => {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
};

/**
 * Writes files whole and durably below a root: to a file aside, fsync, rename, fsync of the folder, and of each folder above that was
 * made for it. Makes folders as needed and removes those that become empty.
 */
export class DurableFiles {
  readonly #root: string;
  readonly #aside: string;
  /** Folders that are known to be there and on the disk. */
  readonly #folders = new Map<string, Promise<void>>();
  #cleaned: Promise<void> | undefined;

  /** `aside`: a folder's name directly below the root where nobody else writes. */
  constructor(root: string, aside: string) {
    this.#root = root;
    this.#aside = join(root, aside);
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    const partial = join(this.#aside, randomBytes(12).toString("hex"));
    await this.#folder(this.#aside);
    this.#cleaned ??= this.#clean();
    await this.#cleaned;
    try {
      await writeAndSync(partial, bytes);
      await this.#move(partial, path);
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
    await syncFolder(dirname(path)).catch((error: unknown) => {
      // Gone already: the file was deleted again, and its folder with it.
      if (!hasErrno(error, "ENOENT")) throw error;
    });
  }

  /** Deleting what is absent is no error. */
  async remove(path: string): Promise<void> {
    await rm(path, { force: true });
    for (let folder = dirname(path); folder !== this.#root && folder.startsWith(this.#root); folder = dirname(folder)) {
      this.#folders.delete(folder);
      const removed = await rmdir(folder).then(
        () => true,
        (error: unknown) => hasErrno(error, "ENOENT"),
      );
      if (!removed) return;
    }
  }

  async #move(partial: string, path: string): Promise<void> {
    for (let left = TRIES; ; left--) {
      try {
        await this.#folder(dirname(path));
        return await rename(partial, path);
      } catch (error) {
        if (left === 1 || !hasErrno(error, "ENOENT")) throw error;
        for (const folder of [...this.#folders.keys()]) if (dirname(path).startsWith(folder)) this.#folders.delete(folder);
      }
    }
  }

  /** Makes a folder and those above it, and sees to it that each is on the disk. */
  #folder(path: string): Promise<void> {
    const known = this.#folders.get(path);
    if (known !== undefined) return known;
    if (this.#folders.size >= FORGET_AFTER) this.#folders.clear();
    const made = this.#make(path).catch((error: unknown) => {
      this.#folders.delete(path);
      throw error;
    });
    this.#folders.set(path, made);
    return made;
  }

  async #make(path: string): Promise<void> {
    if (path === this.#root) {
      await mkdir(path, { recursive: true, mode: 0o700 });
    } else {
      await this.#folder(dirname(path));
      await mkdir(path, { mode: 0o700 }).catch((error: unknown) => {
        if (!hasErrno(error, "EEXIST")) throw error;
      });
    }
    await syncFolder(dirname(path));
  }

  async #clean(): Promise<void> {
    for (const name of await readdir(this.#aside)) {
      const path = join(this.#aside, name);
      const info = await stat(path).catch(() => undefined);
      if (info !== undefined && Date.now() - info.mtimeMs > LEFTOVER_MS) await rm(path, { force: true });
    }
  }
}
