import { nextTry } from "@qmoi/advanced-automation";
import type { ConfigOverrides } from "@qmoi/config";
import { ERROR_CLASSES, type ErrorClass } from "@qmoi/core";
import type { Observable } from "../observable.ts";

const POLICY = { attempts: 8, backoff: "exponential", delay: 2, cap: 10, jitter: "none" };

const retries = (errorClass: ErrorClass, policy: ConfigOverrides["errors"]): ConfigOverrides => ({
  errors: { retries: { [errorClass]: policy ?? null } },
});

/** Milliseconds before each further try of a task that fails with a class and declares no policy of its own. */
const delays =
  (errorClass: ErrorClass): Observable["observe"] =>
  ({ errors }) =>
    [1, 2, 3, 4, 5, 6, 7, 8, 9].map(
      (tries) => nextTry({ class: errorClass, code: "x", message: "x" }, tries, undefined, errors.retries, 0.5) ?? null,
    );

/** When a failed task is tried again, per error class. */
export const retryObservables: readonly Observable[] = ERROR_CLASSES.flatMap((errorClass) =>
  Object.entries({ attempts: 3, backoff: "linear", delay: 1, cap: 100, jitter: "full" }).map(([field, value]) => ({
    leaf: `errors.retries.${errorClass}.${field}`,
    base: retries(errorClass, POLICY),
    change: retries(errorClass, { [field]: value }),
    observe: delays(errorClass),
  })),
);
