import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdirSync, openSync, rmSync, unlinkSync } from "node:fs";
import { join } from "node:path";

/** Made at once, so that the start of `mkfifo` is spread over many tasks. */
const BATCH = 64;

/**
 * Real pipes for the output of child processes. Node gives children sockets instead, on which `> /dev/stderr` and
 * `tee /dev/stdout` fail with ENXIO. A pipe here is a FIFO whose name is removed once both ends are open.
 */
export class FifoPool {
  readonly #folder: string;
  #names: string[] = [];
  #next = 0;

  /** `folder` is made if absent and removed by close; what lies in it is of an earlier server and goes. */
  constructor(folder: string) {
    this.#folder = folder;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** Descriptors of a fresh pipe: `read` doesn't block, `write` does, as programs expect of their standard output. */
  take(): { read: number; write: number } {
    const path = join(this.#folder, this.#names.pop() ?? this.#make());
    const read = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return { read, write: openSync(path, constants.O_WRONLY) };
    } catch (error) {
      closeSync(read);
      throw error;
    } finally {
      unlinkSync(path);
    }
  }

  close(): void {
    this.#names = [];
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #make(): string {
    const names = Array.from({ length: BATCH }, () => `p${this.#next++}`);
    execFileSync("mkfifo", ["-m", "600", ...names], { cwd: this.#folder, stdio: "ignore" });
    const first = names.pop() as string;
    this.#names = names;
    return first;
  }
}
