import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdirSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";

/** Made at once, so that the start of `mkfifo` is spread over many tasks. */
const BATCH = 32;

/** A pipe: `read` doesn't block, `write` does, as programs expect of their standard output. */
export interface Fifo {
  readonly name: string;
  readonly read: number;
  readonly write: number;
}

/**
 * Real pipes for the output of child processes. Node gives children sockets instead, on which `> /dev/stderr` and
 * `tee /dev/stdout` fail with ENXIO. A FIFO is used again once it has come to its end, because making one costs more.
 */
export class FifoPool {
  readonly #folder: string;
  #free: string[] = [];
  #made = 0;

  /** `folder` is made if absent and removed by close; what lies in it is of an earlier server and goes. */
  constructor(folder: string) {
    this.#folder = folder;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** Opens both ends of a FIFO that nobody else has. */
  take(): Fifo {
    const name = this.#free.pop() ?? this.#make();
    const path = join(this.#folder, name);
    const read = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return { name, read, write: openSync(path, constants.O_WRONLY) };
    } catch (error) {
      closeSync(read);
      throw error;
    }
  }

  /** Takes one back whose end of file was read: nobody holds it any more. One that may still be held is for `discard`. */
  give(name: string): void {
    this.#free.push(name);
  }

  discard(name: string): void {
    rmSync(join(this.#folder, name), { force: true });
  }

  close(): void {
    this.#free = [];
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #make(): string {
    const names = Array.from({ length: BATCH }, () => `p${this.#made++}`);
    execFileSync("mkfifo", ["-m", "600", ...names], { cwd: this.#folder, stdio: "ignore" });
    const first = names.pop() as string;
    this.#free.push(...names);
    return first;
  }
}
