import { type Clock, hasCode, type Item, sha256, type Table } from "@qmoi/core";
import { DEFAULT_FAILURE_LIMITS, type FailureLimits } from "@qmoi/master-automation";
import { unchanged } from "../items.ts";

interface FailureItem extends Item {
  /** When the window began (ms), and failures in it. */
  readonly at: number;
  readonly n: number;
}

const TRIES = 5;
/** Seconds for which an item outlives its window. */
const KEEP_S = 3_600;

/**
 * Failed logins by name (a key's id, an address), counted over all processes: one item a name, written for a failure alone, and no more once it is
 * denied. So whoever fails costs at most `most` writes a window and name.
 */
export class SharedFailures {
  readonly #table: Table;
  readonly #clock: Clock;
  readonly #limits: FailureLimits;

  constructor({ table, clock }: { readonly table: Table; readonly clock: Clock }, limits: FailureLimits = DEFAULT_FAILURE_LIMITS) {
    this.#table = table;
    this.#clock = clock;
    this.#limits = limits;
  }

  async isBlocked(name: string): Promise<boolean> {
    return this.#counts(await this.#read(name)) >= this.#limits.most;
  }

  /** Counts one more. A failure that many others compete with may be lost: they are enough. */
  async add(name: string): Promise<void> {
    for (let left = TRIES; left > 0; left--) {
      const read = await this.#read(name);
      const counted = this.#counts(read);
      if (counted >= this.#limits.most) return;
      const at = counted > 0 && read ? read.at : this.#clock.now();
      const ttl = Math.ceil((at + this.#limits.windowMs) / 1000) + KEEP_S;
      try {
        await this.#table.put({ ...keyOf(name), v: (read?.v ?? 0) + 1, at, n: counted + 1, ttl }, { when: unchanged("login.count", read) });
        return;
      } catch (error) {
        if (!hasCode(error, "QMOI_CONFLICT")) throw error;
      }
    }
  }

  #counts(item: FailureItem | undefined): number {
    return item && this.#clock.now() - item.at < this.#limits.windowMs ? item.n : 0;
  }

  async #read(name: string): Promise<FailureItem | undefined> {
    return (await this.#table.get(keyOf(name))) as FailureItem | undefined;
  }
}

/** No address lies in the table as it is. */
const keyOf = (name: string) => ({ pk: `LOGIN#${sha256(name).slice(0, 32)}`, sk: "F" });
