import { randomFillSync } from "node:crypto";
import type { Random } from "@qmoi/core";

const ID_BYTES = 16;
const IDS_AT_ONCE = 256;

/** The operating system's randomness, fetched for many ids at once. */
export class SystemRandom implements Random {
  readonly #pool = Buffer.alloc(ID_BYTES * IDS_AT_ONCE);
  #used = this.#pool.length;

  next(): number {
    return Math.random();
  }

  id(): string {
    if (this.#used === this.#pool.length) {
      randomFillSync(this.#pool);
      this.#used = 0;
    }
    this.#used += ID_BYTES;
    return this.#pool.toString("hex", this.#used - ID_BYTES, this.#used);
  }
}
