import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TrackStore } from "@qmoi/core";

/** Tracks as files in a folder, which must exist. */
export class FolderTrackStore implements TrackStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async read(name: string): Promise<string | undefined> {
    return readFile(join(this.#folder, name), "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
  }

  async write(name: string, text: string): Promise<void> {
    const path = join(this.#folder, name);
    await writeFile(`${path}.new`, text, { mode: 0o600 });
    await rename(`${path}.new`, path);
  }
}
