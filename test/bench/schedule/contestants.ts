import {
  ForecastWatch,
  type OrderPolicy,
  POLICIES,
  policyNamed,
  ranksPaid,
  ranksPay,
  type SimulatedWorkflow,
  type Steering,
} from "@qmoi/intelligent-scheduler";
import type { Prediction } from "./forecasts.ts";

/** A policy in the benchmark, and whether it is told forecasts or the truth. */
export interface Contestant {
  readonly name: string;
  readonly policy: OrderPolicy;
  readonly knows: "forecast" | "truth";
  /** Ours: they watch their forecasts, and choose the order inside a run. */
  readonly ours: boolean;
}

const contestant = (name: string): Contestant => {
  const oracle = name.startsWith("oracle-");
  const policy = policyNamed(oracle ? name.slice("oracle-".length) : name);
  return { name, policy, knows: oracle ? "truth" : "forecast", ours: policy.name === "fast" || policy.name === "fair" };
};

export const CONTESTANTS: readonly Contestant[] = [...POLICIES.map(({ name }) => name), "oracle-fast", "oracle-fair"].map(contestant);

/** Those of the names given, and the two that others are measured by. */
export const chosen = (names: readonly string[]): readonly Contestant[] => {
  for (const name of names) contestant(name);
  return CONTESTANTS.filter(({ name }) => names.includes(name) || name === "workflow-fifo" || name === "ready-fifo");
};

/** Whether a contestant orders a workflow's tasks by rank on so many slots: ours do where that pays, others always. */
export const goesByRank = ({ ours }: Contestant, workflow: SimulatedWorkflow, { forecast, trials }: Prediction, slots: number): boolean =>
  !ours || ranksPaid(trials?.[slots] ?? [], ranksPay(workflow, forecast, [slots]));

/** Its policy, watched where it is ours: the time before the fallback trips counts. */
export const steeringOf = ({ policy, ours }: Contestant): Steering => (ours ? new ForecastWatch(() => policy) : { policy });
