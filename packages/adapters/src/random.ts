import { randomFillSync } from "node:crypto";
import type { Random } from "@qmoi/core";

/** Drawn at once: a call into the system's generator costs more than the bytes. */
const POOL_BYTES = 8192;
const ID_BYTES = 16;
const NEXT_BYTES = 8;

/** The system's cryptographic randomness. */
export class SystemRandom implements Random {
  readonly #pool = Buffer.allocUnsafe(POOL_BYTES);
  #used = POOL_BYTES;

  /** 53 random bits, as many as a double's fraction holds. */
  next(): number {
    const at = this.#take(NEXT_BYTES);
    const high = this.#pool.readUInt32LE(at) >>> 5;
    const low = this.#pool.readUInt32LE(at + 4) >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  id(): string {
    const at = this.#take(ID_BYTES);
    return this.#pool.toString("hex", at, at + ID_BYTES);
  }

  /** Offset of so many bytes that nobody was given yet. */
  #take(bytes: number): number {
    if (this.#used + bytes > POOL_BYTES) {
      randomFillSync(this.#pool);
      this.#used = 0;
    }
    const at = this.#used;
    this.#used += bytes;
    return at;
  }
}
