/**
 * A small seeded generator, so that the same seed grows the same forest everywhere.
 * Source: sfc32 of PractRand (C. Doty-Humphrey), seeded through splitmix32 and warmed up by 12 steps.
 */
export class Prng {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param stream separates generators of one seed, such as one per tree */
  constructor(seed: number, stream = 0) {
    let state = (seed ^ Math.imul(stream + 1, 0x9e3779b9)) | 0;
    const mix = (): number => {
      state = (state + 0x9e3779b9) | 0;
      let z = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      return (z ^ (z >>> 15)) | 0;
    };
    this.#a = mix();
    this.#b = mix();
    this.#c = mix();
    for (let i = 0; i < 12; i++) this.uint32();
  }

  /** Uniform integer in [0, 2^32). */
  uint32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** Uniform integer in [0, bound), for a bound up to 2^21 exactly, beyond it with negligible bias. */
  below(bound: number): number {
    return Math.floor(this.uint32() * bound * 2 ** -32);
  }

  /** Uniform in [0, 1). */
  next(): number {
    return this.uint32() * 2 ** -32;
  }

  /** The items in an order drawn by chance (Fisher and Yates). */
  shuffled<T>(items: Iterable<T>): T[] {
    const drawn = [...items];
    for (let i = drawn.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [drawn[i], drawn[j]] = [drawn[j] as T, drawn[i] as T];
    }
    return drawn;
  }
}
