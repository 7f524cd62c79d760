import { quantileOf } from "./quantile.ts";

/**
 * A bounded sample of a stream in which newer numbers gradually replace older ones: once full, each new number takes a pseudo-random place,
 * so that a number's chance to be kept halves about every 0.7 × size further ones. Deterministic: the place depends on the count alone.
 */
export class Reservoir {
  readonly size: number;
  #numbers: number[] = [];
  #count = 0;
  /** Numbers that those kept stand for: more than are kept right after `fill`, fading to as many as chance replaces them. */
  #represented = 0;
  #sorted: Float64Array | undefined;

  constructor(size: number) {
    this.size = size;
  }

  /** Numbers kept. */
  get length(): number {
    return this.#numbers.length;
  }

  add(number: number): void {
    this.#sorted = undefined;
    this.#count++;
    if (this.#numbers.length < this.size) this.#numbers.push(number);
    else this.#numbers[mixed(this.#count) % this.size] = number;
    this.#represented = Math.max(this.#numbers.length, this.#represented * (1 - 1 / this.size));
  }

  /** Replaces all by numbers that stand for equal shares of the total weight, in rank order: the distribution of any count of them. */
  fill(numbers: ArrayLike<number>, weights?: ArrayLike<number>): void {
    const order = Int32Array.from({ length: numbers.length }, (_, i) => i).sort((a, b) => (numbers[a] as number) - (numbers[b] as number));
    const weightOf = (i: number): number => weights?.[i] ?? 1;
    const total = order.reduce((sum, i) => sum + weightOf(i), 0);
    const kept = Math.min(this.size, numbers.length);
    this.#numbers = [];
    let below = 0;
    for (const i of order) {
      below += weightOf(i);
      while (this.#numbers.length < kept && (this.#numbers.length + 0.5) * total < below * kept + 1e-9 * total)
        this.#numbers.push(numbers[i] as number);
    }
    this.#count = numbers.length;
    this.#represented = numbers.length;
    this.#sorted = undefined;
  }

  /** The numbers kept, in no order that means something. */
  get numbers(): readonly number[] {
    return this.#numbers;
  }

  /** The numbers kept, ascending. Valid until the next change. */
  sorted(): Float64Array {
    this.#sorted ??= Float64Array.from(this.#numbers).sort();
    return this.#sorted;
  }

  /**
   * The quantile that a further number stays below with the probability, if it is drawn as the others were: rank (n + 1) p of n numbers,
   * found among those that are kept of them (conformal prediction, Vovk et al. 2005).
   */
  conformalQuantile(probability: number): number {
    const kept = this.#numbers.length;
    const n = this.#represented;
    const index = (((n + 1) * probability - 0.5) * kept) / n - 0.5;
    return quantileOf(this.sorted(), index / (kept - 1));
  }

  /** All state as numbers. */
  save(): number[] {
    return [this.#count, this.#represented, ...this.#numbers];
  }

  static load(size: number, [count = 0, represented = 0, ...numbers]: readonly number[]): Reservoir {
    const reservoir = new Reservoir(size);
    reservoir.#count = count;
    reservoir.#represented = represented;
    reservoir.#numbers = numbers.slice(0, size);
    return reservoir;
  }
}

/** A well-mixed unsigned integer of a counter: the finalizer of MurmurHash3. */
const mixed = (n: number): number => {
  let h = Math.imul(n ^ (n >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
};
