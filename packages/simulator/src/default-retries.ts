import type { ErrorClass } from "@qmoi/core";
import type { EngineSettings } from "@qmoi/runtime";

/** Retry policies per error class, as the default configuration has them in kind. */
export const defaultRetries = (policy: EngineSettings["retries"][ErrorClass]): EngineSettings["retries"] => ({
  exit: policy,
  exception: policy,
  timeout: policy,
  heartbeat: policy,
  memory: policy,
  network: policy,
  throttled: policy,
  http: policy,
  invalid: null,
  unavailable: policy,
  lost: policy,
  cancelled: null,
});
