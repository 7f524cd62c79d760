import { type Clock, type Logger, nextAfter, parseSchedule } from "@qmoi/core";
import { LONGEST_TICK_MS } from "./settings.ts";

/**
 * Repeats `work`, waiting `ms()` before each time and never two at once; a rejection is logged and the next time repeats it. Returns a
 * function that ends it: what is under way goes on, nothing follows.
 */
export const every = (clock: Clock, logger: Logger, ms: () => number, work: () => Promise<void>): (() => void) => {
  let ended = false;
  let cancel = (): void => undefined;
  const next = (): void => {
    cancel = clock.after(ms(), () => {
      work()
        .catch((error) => logger.log("warn", "tick failed; the next one repeats it", { error }))
        .finally(() => ended || next());
    });
  };
  next();
  return () => {
    ended = true;
    cancel();
  };
};

/** Milliseconds from `now` (ms) until a schedule's next time, an expression in AWS's grammar in UTC; a day at most. */
export const untilNext = (schedule: string, now: number): number =>
  Math.min((nextAfter(parseSchedule(schedule, "UTC"), now) ?? Number.POSITIVE_INFINITY) - now, LONGEST_TICK_MS);
