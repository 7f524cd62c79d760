import type { Queue } from "@qmoi/core";

/** A queue within one process: each message goes to one consumer, in turn; a rejected message comes again after 100 ms. */
export class MemoryQueue<T> implements Queue<T> {
  readonly #handlers: ((message: T) => Promise<void>)[] = [];
  readonly #again: (fn: () => void) => void;
  #waiting: T[] = [];
  #turn = 0;

  constructor(again: (fn: () => void) => void = (fn) => void setTimeout(fn, 100).unref()) {
    this.#again = again;
  }

  async send(messages: readonly T[]): Promise<void> {
    if (this.#handlers.length === 0) this.#waiting.push(...messages);
    else for (const message of messages) this.#deliver(message);
  }

  consume(handler: (message: T) => Promise<void>): () => void {
    this.#handlers.push(handler);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const message of waiting) this.#deliver(message);
    return () => {
      const at = this.#handlers.indexOf(handler);
      if (at >= 0) this.#handlers.splice(at, 1);
    };
  }

  #deliver(message: T): void {
    const handler = this.#handlers[this.#turn++ % this.#handlers.length];
    if (!handler) this.#waiting.push(message);
    else handler(message).catch(() => this.#again(() => this.#deliver(message)));
  }
}
