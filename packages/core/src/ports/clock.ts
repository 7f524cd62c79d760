/** Time as the program sees it. Wall-clock time is for people and leases; `monotonic` is for bounds on a reading's age. */
export interface Clock {
  /** Milliseconds since 1970 UTC; may jump. */
  now(): number;
  /** Milliseconds since some fixed moment; never goes back. */
  monotonic(): number;
  /** Calls `fn` once after `ms`; returns a function that cancels. */
  after(ms: number, fn: () => void): () => void;
}

/** Resolves after `ms`, or at once when `signal` aborts (it never rejects: look at the signal). */
export const sleep = (clock: Clock, ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener("abort", stop);
      resolve();
    });
    const stop = (): void => {
      cancel();
      resolve();
    };
    signal?.addEventListener("abort", stop, { once: true });
  });
