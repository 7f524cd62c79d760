import type { RetryPolicy } from "@qmoi/config";
import type { ErrorClass, Failure } from "@qmoi/core";

/** What error_handling.json says of one error class: a policy, or null for "never tried again". */
export type RetryDefaults = Readonly<Record<ErrorClass, RetryPolicy | null>>;

/**
 * Milliseconds to wait before the next try, or undefined when the task has failed for good. `tries` counts the tries that ended,
 * this one included (void attempts are none); `random` is uniform in [0, 1). A Retry-After is a lower bound.
 * Full jitter: Brooker, "Exponential Backoff And Jitter" (2015).
 */
export const nextTry = (
  failure: Failure,
  tries: number,
  declared: RetryPolicy | undefined,
  defaults: RetryDefaults,
  random: number,
): number | undefined => {
  const byClass = defaults[failure.class];
  const policy = declared ?? byClass;
  if (!policy || tries >= policy.attempts) return undefined;
  if (declared?.on ? !declared.on.includes(failure.class) : byClass === null) return undefined;
  const steps = { constant: 1, linear: tries, exponential: 2 ** Math.min(tries - 1, 40) }[policy.backoff];
  const delay = Math.min(policy.delay * steps, policy.cap) * 1000;
  const jittered = policy.jitter === "full" ? delay * random : delay;
  return Math.max(Math.round(jittered), failure.retryAfterMs ?? 0);
};
