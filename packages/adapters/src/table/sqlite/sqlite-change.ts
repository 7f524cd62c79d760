import type { Change, Item, Key } from "@qmoi/core";

/** A change that holds JSON texts and parses them when somebody looks: most readers decide by the key. */
export class SqliteChange implements Change {
  readonly key: Key;
  readonly v: number | undefined;
  readonly #docs: { readonly item: string | undefined; readonly old: string | undefined };
  #item: Item | undefined;
  #old: Item | undefined;

  constructor({ pk, sk, v }: Key & { readonly v: number | undefined }, item: string | undefined, old: string | undefined) {
    this.key = { pk, sk };
    this.v = v;
    this.#docs = { item, old };
  }

  get item(): Item | undefined {
    if (this.#docs.item !== undefined) this.#item ??= JSON.parse(this.#docs.item) as Item;
    return this.#item;
  }

  get old(): Item | undefined {
    if (this.#docs.old !== undefined) this.#old ??= JSON.parse(this.#docs.old) as Item;
    return this.#old;
  }
}
