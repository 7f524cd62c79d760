import { type Clock, hasCode, type Logger, sleep } from "@qmoi/core";

const FIRST_MS = 20;
const LONGEST_MS = 2_000;

/** Whether the store takes no writes until somebody acts: frees space on its disk, or lets go of its file. Nothing was written. */
export const isRefused = (error: unknown): boolean => hasCode(error, "QMOI_STORE_FULL") || hasCode(error, "QMOI_STORE_LOCKED");

/** Whether a store's error says "later": a throttle, no answer (then the write may have happened), a restore, or one that somebody must act on. */
export const isTransient = (error: unknown): boolean =>
  hasCode(error, "QMOI_THROTTLED") || hasCode(error, "QMOI_STORE_UNAVAILABLE") || hasCode(error, "QMOI_RESTORING") || isRefused(error);

/** Work that a tick repeats: while a backup replaces what is stored it is left to a later one. */
export const unlessRestoring = async (logger: Logger, work: () => Promise<void>): Promise<void> => {
  try {
    await work();
  } catch (error) {
    if (!hasCode(error, "QMOI_RESTORING")) throw error;
    logger.log("warn", "what is stored is being replaced by a backup: work begins with a later tick", { error });
  }
};

/** Milliseconds until deriving again what failed makes sense: a refusal needs a person. */
export const pauseAfter = (error: unknown): number => (isRefused(error) ? 1_000 : 5);

/**
 * Repeats `attempt` while the store is throttled or away, waiting 20 ms, doubling up to 2 s, until `until` (ms by the monotonic clock) or
 * the signal. The last error is thrown on; anything else at once. `attempt` must be safe to repeat.
 */
export const retrying = <T>(clock: Clock, until: number, attempt: (again: boolean) => Promise<T>, signal?: AbortSignal): Promise<T> =>
  attempt(false).catch((error: unknown) => repeating(clock, until, attempt, signal, error));

const repeating = async <T>(
  clock: Clock,
  until: number,
  attempt: (again: boolean) => Promise<T>,
  signal: AbortSignal | undefined,
  first: unknown,
): Promise<T> => {
  let error = first;
  for (let wait = FIRST_MS; ; wait = Math.min(wait * 2, LONGEST_MS)) {
    if (!isTransient(error) || clock.monotonic() + wait > until || signal?.aborted) throw error;
    await sleep(clock, wait);
    try {
      return await attempt(true);
    } catch (next) {
      error = next;
    }
  }
};
