import { DroppingTable } from "@qmoi/adapters";
import type { Item, Key, PutOptions, Table, When, Written } from "@qmoi/core";

/** Does something else before the first write under a condition's site. */
export class Interrupted extends DroppingTable {
  readonly #site: string;
  #meanwhile: (() => Promise<void>) | undefined;

  constructor(inner: Table, site: string, dropped: readonly string[] | undefined, meanwhile: () => Promise<void>) {
    super(inner, dropped?.[0]);
    this.#site = site;
    this.#meanwhile = meanwhile;
  }

  override async put(item: Item, options: PutOptions = {}): Promise<Written> {
    const meanwhile = options.when?.site === this.#site ? this.#meanwhile : undefined;
    if (meanwhile) this.#meanwhile = undefined;
    await meanwhile?.();
    return super.put(item, options);
  }

  override async delete(key: Key, options: { readonly when?: When } = {}): Promise<void> {
    const meanwhile = options.when?.site === this.#site ? this.#meanwhile : undefined;
    if (meanwhile) this.#meanwhile = undefined;
    await meanwhile?.();
    return super.delete(key, options);
  }
}
