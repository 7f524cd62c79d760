import type { Order } from "./order.ts";
import type { Ports } from "./ports.ts";
import type { RunEntry } from "./run-entry.ts";

export interface OfferParts {
  readonly ports: Ports;
  readonly order: Order;
  /** Called when a pool may have something to start. */
  readonly wake: (pool: string, entry: RunEntry) => void;
}

/** Hands what is runnable to the dispatcher, now or, by `later`, when its time comes. */
export const offerRunnable = ({ ports, order, wake }: OfferParts, entry: RunEntry, later: () => void): void => {
  const now = ports.clock.now();
  let soonest = Number.POSITIVE_INFINITY;
  for (const task of entry.state.takeRunnable()) {
    if (entry.inflight.has(task)) continue;
    const at = entry.retryOf(task).at;
    if (at > now) {
      soonest = Math.min(soonest, at);
      entry.state.putBack(task);
    } else {
      entry.makeReady(task, entry.retryOf(task).next, Math.max(at, entry.readyAt.get(task) ?? entry.header.sa), order.policy);
    }
  }
  for (const [pool, heap] of entry.ready) if (heap.size > 0) wake(pool, entry);
  entry.cancelTimer?.();
  entry.wakeAt = soonest;
  entry.cancelTimer = soonest === Number.POSITIVE_INFINITY ? undefined : ports.clock.after(soonest - now, later);
};
