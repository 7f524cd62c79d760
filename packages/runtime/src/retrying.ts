import { type Clock, hasCode, sleep } from "@qmoi/core";

const FIRST_MS = 20;
const LONGEST_MS = 2_000;

/** Whether a store's error says "later": a throttle, or no answer (then the write may have happened). */
export const isTransient = (error: unknown): boolean => hasCode(error, "QMOI_THROTTLED") || hasCode(error, "QMOI_STORE_UNAVAILABLE");

/**
 * Repeats `attempt` while the store is throttled or away, waiting 20 ms, doubling up to 2 s, until `until` (ms by the monotonic clock).
 * The last error is thrown on; anything else at once. `attempt` must be safe to repeat.
 */
export const retrying = async <T>(clock: Clock, until: number, attempt: (again: boolean) => Promise<T>): Promise<T> => {
  for (let wait = FIRST_MS, again = false; ; wait = Math.min(wait * 2, LONGEST_MS), again = true) {
    try {
      return await attempt(again);
    } catch (error) {
      if (!isTransient(error) || clock.monotonic() + wait > until) throw error;
      await sleep(clock, wait);
    }
  }
};
