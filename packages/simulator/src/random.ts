import type { Random } from "@qmoi/core";

/** 32 bits of a text (FNV-1a, then a finalizer, so that texts that differ in one character give unlike numbers). */
export const hash32 = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
};

/**
 * Randomness that a text decides: the same text gives the same numbers, in every process and for ever.
 * xoshiro128** (Blackman, Vigna: Scrambled Linear Pseudorandom Number Generators, 2018), its state filled by splitmix32.
 */
export class SeededRandom implements Random {
  readonly seed: string;
  readonly #state = new Uint32Array(4);

  constructor(seed: string) {
    this.seed = seed;
    let fill = hash32(seed);
    for (let i = 0; i < 4; i++) {
      fill = (fill + 0x9e3779b9) >>> 0;
      let mixed = Math.imul(fill ^ (fill >>> 16), 0x21f0aaad);
      mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
      this.#state[i] = mixed ^ (mixed >>> 15);
    }
  }

  next(): number {
    return this.#word() / 2 ** 32;
  }

  id(): string {
    let id = "";
    for (let i = 0; i < 4; i++) id += this.#word().toString(16).padStart(8, "0");
    return id;
  }

  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** Uniform in [low, high). */
  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  chance(probability: number): boolean {
    return probability > 0 && this.next() < probability;
  }

  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new RangeError("nothing to pick from");
    return list[Math.floor(this.next() * list.length)] as T;
  }

  /** Randomness of its own for one purpose, whatever else was or will be drawn here. */
  fork(purpose: string): SeededRandom {
    return new SeededRandom(`${this.seed}/${purpose}`);
  }

  #word(): number {
    const s = this.#state;
    const [s0, s1, s2, s3] = [s[0] as number, s[1] as number, s[2] as number, s[3] as number];
    const product = Math.imul(s1, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const next2 = s2 ^ s0;
    const next3 = s3 ^ s1;
    s[1] = s1 ^ next2;
    s[0] = s0 ^ next3;
    s[2] = next2 ^ (s1 << 9);
    s[3] = (next3 << 11) | (next3 >>> 21);
    return result;
  }
}
