/** A list kept in order; entries are distinct under `compare`. Insertion moves what follows, which is one memmove. */
export class SortedList<T> {
  readonly #compare: (a: T, b: T) => number;
  readonly #entries: T[];

  constructor(compare: (a: T, b: T) => number, entries: Iterable<T> = []) {
    this.#compare = compare;
    this.#entries = [...entries].sort(compare);
  }

  get size(): number {
    return this.#entries.length;
  }

  at(index: number): T | undefined {
    return this.#entries[index];
  }

  /** The number of entries for which `isBefore` holds; it must hold for a leading part of the list. */
  countBefore(isBefore: (entry: T) => boolean): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBefore(this.#entries[middle] as T)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  insert(entry: T): void {
    const last = this.#entries.at(-1);
    if (last === undefined || this.#compare(last, entry) < 0) {
      this.#entries.push(entry);
      return;
    }
    const index = this.countBefore((other) => this.#compare(other, entry) < 0);
    if (this.#compare(this.#entries[index] as T, entry) !== 0) this.#entries.splice(index, 0, entry);
  }

  remove(entry: T): void {
    const index = this.countBefore((other) => this.#compare(other, entry) < 0);
    const found = this.#entries[index];
    if (found !== undefined && this.#compare(found, entry) === 0) this.#entries.splice(index, 1);
  }
}
