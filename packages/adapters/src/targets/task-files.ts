import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FifoPool } from "./fifo-pool.ts";
import type { ShimLock } from "./shim-lock.ts";

/** The folder of a server's process tasks: their pipes and what they are given as files. */
export class TaskFiles {
  readonly folder: string;
  readonly pipes: FifoPool;
  readonly #remove = (): void => rmSync(this.folder, { recursive: true, force: true });

  /** In the data folder, emptied of what a dead server left; without a lock in a temporary one that goes when the process exits. */
  constructor(lock: ShimLock | undefined) {
    this.folder = lock ? join(lock.folder, "files") : mkdtempSync(join(tmpdir(), "qmoi-"));
    if (lock) this.#remove();
    else process.once("exit", this.#remove);
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    this.pipes = new FifoPool(join(this.folder, "pipes"));
  }

  close(): void {
    process.off("exit", this.#remove);
    this.pipes.close();
    this.#remove();
  }
}
