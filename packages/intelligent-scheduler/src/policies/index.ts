import { QmoiError } from "@qmoi/core";
import type { OrderPolicy } from "../order.ts";
import { absolute, downstream, upstream } from "./airflow.ts";
import { criticalPath } from "./critical-path.ts";
import { readyFifo, staticPriority, workflowFifo } from "./fifo.ts";
import { fair, fairPolicy, fast, fastPolicy, leastRemaining, type PolicyTuning } from "./least-work.ts";

export { isUrgent, responseRatio } from "./ageing.ts";
export { expectedWork } from "./first-of-kind.ts";
export { type PolicyTuning, USUAL_TUNING, weightOf } from "./least-work.ts";
export { absolute, criticalPath, downstream, fair, fast, leastRemaining, readyFifo, staticPriority, upstream, workflowFifo };

/** All policies, the default last. */
export const POLICIES: readonly OrderPolicy[] = [
  readyFifo,
  workflowFifo,
  staticPriority,
  downstream,
  upstream,
  absolute,
  criticalPath,
  leastRemaining,
  fast,
  fair,
];

/**
 * @param tuning of the policies that can be tuned; as usual where absent
 * @throws QmoiError QMOI_INVALID_INPUT for a name that no policy has
 */
export const policyNamed = (name: string, tuning?: PolicyTuning): OrderPolicy => {
  if (tuning && name === "fast") return fastPolicy(tuning);
  if (tuning && name === "fair") return fairPolicy(tuning);
  const policy = POLICIES.find((each) => each.name === name);
  if (policy) return policy;
  const names = POLICIES.map((each) => each.name).join(", ");
  throw new QmoiError("QMOI_INVALID_INPUT", `There is no policy "${name}"; choose one of ${names}.`, { path: "policy" });
};
