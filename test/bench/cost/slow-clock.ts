import type { Clock } from "@qmoi/core";

/**
 * Seconds of the machine to a second of the engines'. What is counted depends on how long a request takes beside the work: DynamoDB Local on
 * a busy machine takes several times as long as DynamoDB does, so the rest is made as slow.
 */
export const SLOWNESS = 5;

export class SlowClock implements Clock {
  readonly #began = Date.now();

  now(): number {
    return Math.floor(this.#began + (Date.now() - this.#began) / SLOWNESS);
  }

  monotonic(): number {
    return performance.now() / SLOWNESS;
  }

  after(ms: number, fn: () => void): () => void {
    const timer = setTimeout(fn, ms * SLOWNESS);
    return () => clearTimeout(timer);
  }
}
