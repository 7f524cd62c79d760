import { DroppingTable } from "@qmoi/adapters";
import { hasCode, type Item, type PutOptions, type Table, type Written } from "@qmoi/core";

/** Delivers the first write under a condition's site a second time, after something else. */
export class Repeated extends DroppingTable {
  /** Once it was delivered twice. */
  readonly repeated: Promise<void>;
  readonly #site: string;
  readonly #between: () => Promise<void>;
  #done: (() => void) | undefined;

  constructor(inner: Table, site: string, dropped: readonly string[] | undefined, between: () => Promise<void>) {
    super(inner, dropped?.[0]);
    this.#site = site;
    this.#between = between;
    this.repeated = new Promise((resolve) => {
      this.#done = resolve;
    });
  }

  override async put(item: Item, options: PutOptions = {}): Promise<Written> {
    const written = await super.put(item, options);
    const done = this.#done;
    if (options.when?.site !== this.#site || !done) return written;
    this.#done = undefined;
    await this.#between();
    await super.put(item, options).catch((error) => {
      if (!hasCode(error, "QMOI_CONFLICT")) throw error;
    });
    done();
    return written;
  }
}
