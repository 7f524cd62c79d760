import { sha256 } from "@qmoi/core";

const MODULUS = 1n << 256n;

/**
 * A hash of many texts in any order: the sum of their SHA-256 modulo 2^256 (MSet-Add-Hash, Clarke et al., 2003). It tells what differs by
 * accident; against forgery a manifest has its signature.
 */
export class MultisetHash {
  #sum = 0n;
  #count = 0;

  add(text: string): void {
    this.#sum = (this.#sum + BigInt(`0x${sha256(text)}`)) % MODULUS;
    this.#count++;
  }

  get count(): number {
    return this.#count;
  }

  /** 64 hexadecimal digits. */
  get digest(): string {
    return this.#sum.toString(16).padStart(64, "0");
  }
}
