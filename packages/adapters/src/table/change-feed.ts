import type { Change, SubscribeOptions } from "@qmoi/core";

/** Calls `run` once after `ms`; 0 means as soon as what is running has ended. */
export type Defer = (ms: number, run: () => void) => void;

export const deferOnLoop: Defer = (ms, run) => void (ms === 0 ? setImmediate(run) : setTimeout(run, ms));

export type ChangeHandler = (changes: readonly Change[]) => void | Promise<void>;

const MAX_BATCH = 1000;
const FIRST_RETRY_MS = 10;
const LAST_RETRY_MS = 1000;

/** Calls the handler until it takes the batch or the subscription has ended, waiting longer each time. */
export const deliver = async (handler: ChangeHandler, batch: readonly Change[], defer: Defer, hasEnded: () => boolean): Promise<void> => {
  for (let retryMs = FIRST_RETRY_MS; !hasEnded(); retryMs = Math.min(2 * retryMs, LAST_RETRY_MS)) {
    try {
      await handler(batch);
      return;
    } catch {
      // The handler reports its own failures; all that it is owed is the same batch again.
      await new Promise<void>((resolve) => defer(retryMs, resolve));
    }
  }
};

/** One subscriber's queue: batches one after another, and a refused batch again until it's taken. */
class Subscription {
  readonly wantsOld: boolean;
  readonly #handler: ChangeHandler;
  readonly #defer: Defer;
  #queue: Change[] = [];
  #running: Promise<void> | undefined;
  #ended = false;

  constructor(handler: ChangeHandler, defer: Defer, options: SubscribeOptions) {
    this.#handler = handler;
    this.#defer = defer;
    this.wantsOld = options.old ?? true;
  }

  push(changes: readonly Change[]): void {
    for (const change of changes) this.#queue.push(change);
    this.#running ??= this.#run();
  }

  /** Resolves when no call of the handler is under way any more. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0 && !this.#ended) {
      const batch = this.#queue.length > MAX_BATCH ? this.#queue.splice(0, MAX_BATCH) : this.#queue.splice(0);
      await deliver(this.#handler, batch, this.#defer, () => this.#ended);
    }
    this.#running = undefined;
  }
}

/** Hands committed changes to subscribers: in order, at least once, in batches, each subscriber at its own pace. */
export class ChangeFeed {
  readonly #defer: Defer;
  readonly #subscriptions = new Set<Subscription>();

  constructor(defer: Defer = deferOnLoop) {
    this.#defer = defer;
  }

  /** Whether anybody listens. */
  get active(): boolean {
    return this.#subscriptions.size > 0;
  }

  /** Whether anybody looks at old images. */
  get wantsOld(): boolean {
    for (const subscription of this.#subscriptions) if (subscription.wantsOld) return true;
    return false;
  }

  subscribe(handler: ChangeHandler, options: SubscribeOptions = {}): () => Promise<void> {
    const subscription = new Subscription(handler, this.#defer, options);
    this.#subscriptions.add(subscription);
    return async () => {
      this.#subscriptions.delete(subscription);
      await subscription.end();
    };
  }

  publish(changes: readonly Change[]): void {
    if (changes.length > 0) for (const subscription of this.#subscriptions) subscription.push(changes);
  }

  /** Ends all subscriptions. */
  async close(): Promise<void> {
    const ended = [...this.#subscriptions].map((subscription) => subscription.end());
    this.#subscriptions.clear();
    await Promise.all(ended);
  }
}
