import type { Change, Item, Key } from "@qmoi/core";

/** A change that holds JSON texts and parses them when somebody looks: most readers decide by the key. */
export class SqliteChange implements Change {
  readonly key: Key;
  readonly v: number | undefined;
  readonly #itemText: string | undefined;
  readonly #oldText: string | undefined;
  #item: Item | undefined;
  #old: Item | undefined;

  constructor({ pk, sk, v }: Key & { readonly v: number | undefined }, item: string | undefined, old: string | undefined) {
    this.key = { pk, sk };
    this.v = v;
    this.#itemText = item;
    this.#oldText = old;
  }

  get item(): Item | undefined {
    if (this.#itemText !== undefined) this.#item ??= JSON.parse(this.#itemText) as Item;
    return this.#item;
  }

  get old(): Item | undefined {
    if (this.#oldText !== undefined) this.#old ??= JSON.parse(this.#oldText) as Item;
    return this.#old;
  }
}
