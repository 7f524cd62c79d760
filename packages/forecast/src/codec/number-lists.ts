import { invalid } from "./blocks.ts";

/** Lists of numbers behind each other, each after its length. */
export const joinLists = (lists: readonly (readonly number[])[]): Float64Array => {
  const joined = new Float64Array(lists.reduce((size, list) => size + 1 + list.length, 0));
  let at = 0;
  for (const list of lists) {
    joined[at] = list.length;
    joined.set(list, at + 1);
    at += 1 + list.length;
  }
  return joined;
};

/** Takes back, in order, what `joinLists` joined. */
export class ListReader {
  readonly #joined: Float64Array;
  #at = 0;

  constructor(joined: Float64Array) {
    this.#joined = joined;
  }

  /** @throws ValidationError QMOI_INVALID_INPUT if there are not so many lists left */
  take(count: number): number[][] {
    return Array.from({ length: count }, () => {
      const length = this.#joined[this.#at];
      if (length === undefined || !(length >= 0) || this.#at + 1 + length > this.#joined.length) throw invalid("numbers are missing");
      this.#at += 1 + length;
      return Array.from(this.#joined.subarray(this.#at - length, this.#at));
    });
  }
}
