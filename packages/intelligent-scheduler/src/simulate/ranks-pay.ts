import { Prng } from "@qmoi/forecast";
import { fair, readyFifo } from "../policies/index.ts";
import { sizeOf } from "../task-graph.ts";
import type { WorkflowForecast } from "../workflow-forecast.ts";
import { type SimulatedWorkflow, simulate } from "./simulate.ts";

/** Playing a larger workflow would take longer than a decision may; ranks pay for most. */
const MOST_TASKS = 5_000;
/** A smaller gain must not be the forecast's accident: it must be there on average where the forecast is a little wrong. */
const CLEAR_GAIN = 0.005;
/** Such forecasts that are tried, tasks played for them in all, and how wrong they are: deviations of the logarithm, of a kind and of each task. */
const TRIES = 8;
const PLAYED = 10_000;
const LEAST_TRIES = 2;
const KIND_ERROR = 0.3;
const TASK_ERROR = 0.3;

/**
 * Whether one run of the workflow, alone on these pools, would end sooner with its tasks in the order of their ranks than in that of their
 * readiness, if the forecast came true. List scheduling by any order can do worse than by another one (Graham's anomalies, 1969), so both
 * are played. Always the same for the same workflow and forecast.
 */
export const ranksPay = (workflow: Omit<SimulatedWorkflow, "seconds">, forecast: WorkflowForecast, pools: readonly number[]): boolean => {
  const size = sizeOf(workflow.ranks.graph);
  if (size > MOST_TASKS) return true;
  const gain = (seconds: Float64Array): number => {
    const run = { workflow: { ...workflow, seconds }, forecast, at: 0 };
    const [ranked, ready] = [fair, readyFifo].map((policy) => simulate({ runs: [run], pools, steering: { policy } })[0]?.endedAt ?? 0);
    return 1 - (ranked as number) / (ready as number);
  };
  const expected = gain(forecast.seconds);
  if (!(expected > 0) || expected >= CLEAR_GAIN) return expected > 0;
  const tries = Math.max(LEAST_TRIES, Math.min(TRIES, Math.floor(PLAYED / size)));
  let sum = 0;
  for (let seed = 1; seed <= tries; seed++) sum += gain(slightlyWrong(forecast, new Prng(seed)));
  return sum > 0;
};

/** Seconds that differ from the forecast as those of runs do: by a factor that tasks of a kind share, and one of each task's own. */
const slightlyWrong = ({ seconds, kinds, kindCount }: WorkflowForecast, prng: Prng): Float64Array => {
  const factors = Float64Array.from({ length: kindCount }, () => Math.exp(KIND_ERROR * normal(prng)));
  return seconds.map((each, task) => each * (factors[kinds[task] as number] as number) * Math.exp(TASK_ERROR * normal(prng)));
};

/** Box and Muller's transformation (1958). */
const normal = (prng: Prng): number => Math.sqrt(-2 * Math.log(1 - prng.next())) * Math.cos(2 * Math.PI * prng.next());
