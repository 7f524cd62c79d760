import { fair, readyFifo } from "../policies/index.ts";
import type { WorkflowForecast } from "../workflow-forecast.ts";
import { type SimulatedWorkflow, simulate } from "./simulate.ts";

/** Playing a larger workflow would take longer than a decision may; ranks pay for most. */
const MOST_TASKS = 5_000;

/**
 * Whether one run of the workflow, alone on these pools, would end sooner with its tasks in the order of their ranks than in that of their
 * readiness, if the forecast came true. List scheduling by any order can do worse than by another one (Graham's anomalies, 1969), so both
 * are played.
 */
export const ranksPay = (workflow: Omit<SimulatedWorkflow, "seconds">, forecast: WorkflowForecast, pools: readonly number[]): boolean => {
  if (forecast.seconds.length > MOST_TASKS) return true;
  const run = { workflow: { ...workflow, seconds: forecast.seconds }, forecast, at: 0 };
  const [ranked, ready] = [fair, readyFifo].map((policy) => simulate({ runs: [run], pools, steering: { policy } })[0]?.endedAt ?? 0);
  return (ranked as number) < (ready as number);
};
