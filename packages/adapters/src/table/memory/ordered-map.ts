import { compareUtf8 } from "../utf8-order.ts";
import { SortedList } from "./sorted-list.ts";

/** A map that can also give its keys in order. The order is made at the first need: most partitions are only read by key. */
export class OrderedMap<V> {
  readonly #values = new Map<string, V>();
  #order: SortedList<string> | undefined;

  get size(): number {
    return this.#values.size;
  }

  get(key: string): V | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: V): void {
    if (this.#order !== undefined && !this.#values.has(key)) this.#order.insert(key);
    this.#values.set(key, value);
  }

  delete(key: string): void {
    if (this.#values.delete(key)) this.#order?.remove(key);
  }

  /** The keys, bytewise by UTF-8. */
  order(): SortedList<string> {
    this.#order ??= new SortedList(compareUtf8, this.#values.keys());
    return this.#order;
  }
}
