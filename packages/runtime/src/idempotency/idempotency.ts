import {
  type Clock,
  ConflictError,
  hasCode,
  type Item,
  type Json,
  type Logger,
  QmoiError,
  type Random,
  sha256,
  type Table,
} from "@qmoi/core";

/** Seconds for which a request's answer is kept. */
const KEEP_S = 86_400;
/** Milliseconds after which a request that did not end counts as dead, and may be done again. */
const LEASE_MS = 60_000;
const TRIES = 5;

export interface IdempotencyPorts {
  readonly table: Table;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

export interface IdempotentRequest {
  /** Whose key it is: another's is another key. */
  readonly who: string;
  readonly key: string;
  /** Hash of everything that the request says. */
  readonly fingerprint: string;
}

interface RequestItem extends Item {
  readonly rq: string;
  readonly tk: string;
  /** Until when whoever does it is waited for (ms). */
  readonly le: number;
  readonly ans?: Json;
}

/**
 * Requests that are done once under their key, and answered alike for a day. One that failed may be done again; so may one whose doer died,
 * after a minute: what it does must bear that.
 */
export class Idempotency {
  readonly #ports: IdempotencyPorts;

  constructor(ports: IdempotencyPorts) {
    this.#ports = ports;
  }

  /**
   * The answer of `work`, or the one that was kept; `keep` says what may be. Rejects with QMOI_IDEMPOTENCY_MISMATCH for another request under
   * the same key, QMOI_CONFLICT while the first is under way, and as `work` does.
   */
  async once<T extends Json>(
    request: IdempotentRequest,
    work: () => Promise<T>,
    keep: (answer: T) => T = (answer) => answer,
  ): Promise<{ readonly answer: T; readonly replayed: boolean }> {
    const mine = await this.#begin(request);
    if (mine.ans !== undefined) return { answer: mine.ans as T, replayed: true };
    let answer: T;
    try {
      answer = await work();
    } catch (error) {
      await this.#end(mine, (when) => this.#ports.table.delete(mine, { when }));
      throw error;
    }
    await this.#end(mine, async (when) => void (await this.#ports.table.put({ ...mine, v: mine.v + 1, ans: keep(answer) }, { when })));
    return { answer, replayed: false };
  }

  /** Takes the key for this request, or finds its answer. */
  async #begin({ who, key, fingerprint }: IdempotentRequest): Promise<RequestItem> {
    const { table, clock, random } = this.#ports;
    const at = { pk: `IDEM#${sha256(JSON.stringify([who, key]))}`, sk: "I" };
    for (let left = TRIES; ; left--) {
      const now = clock.now();
      const item: RequestItem = { ...at, v: 1, ttl: Math.floor(now / 1000) + KEEP_S, rq: fingerprint, tk: random.id(), le: now + LEASE_MS };
      const known = left === TRIES ? undefined : ((await table.get(at)) as RequestItem | undefined);
      const counts = known !== undefined && (known.ttl ?? 0) * 1000 > now;
      if (counts && known.rq !== fingerprint) throw mismatch();
      if (counts && known.ans !== undefined) return known;
      if (counts && known.le > now)
        throw new ConflictError("A request with this idempotency key is under way.", {
          remedy: "Wait for its end, and repeat the request.",
        });
      try {
        if (known) await table.put({ ...item, v: known.v + 1 }, { when: { site: "idempotency.take", v: known.v } });
        else await table.put(item, { when: { site: "idempotency.begin", absent: true } });
        return known ? { ...item, v: known.v + 1 } : item;
      } catch (error) {
        if (!hasCode(error, "QMOI_CONFLICT") || left === 0) throw error;
      }
    }
  }

  /** Ends what is still this request's. What is done is done, whether or not it could be noted. */
  async #end(mine: RequestItem, write: (when: { site: string; equals: { tk: string } }) => Promise<void>): Promise<void> {
    try {
      await write({ site: "idempotency.end", equals: { tk: mine.tk } });
    } catch (error) {
      this.#ports.logger.log("warn", "answer under an idempotency key not kept", { error });
    }
  }
}

const mismatch = (): QmoiError =>
  new QmoiError("QMOI_IDEMPOTENCY_MISMATCH", "This idempotency key stands for another request.", { path: "$.headers.idempotency-key" });
