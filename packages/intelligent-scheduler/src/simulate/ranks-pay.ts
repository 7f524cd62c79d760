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

/** A workflow without what its tasks take. */
export type PlayableWorkflow = Omit<SimulatedWorkflow, "seconds">;

/**
 * How much sooner one run of the workflow, alone on these pools, ends with its tasks in the order of their ranks by the forecast than in that of
 * their readiness, if they take so many seconds: as a share of the latter, below 0 if later.
 */
export const gainOfRanks = (
  workflow: PlayableWorkflow,
  forecast: WorkflowForecast,
  pools: readonly number[],
  seconds: Float64Array,
): number => {
  const run = { workflow: { ...workflow, seconds }, forecast, at: 0 };
  const [ranked = 0, ready = 0] = [fair, readyFifo].map((policy) => simulate({ runs: [run], pools, steering: { policy } })[0]?.endedAt);
  return ready > 0 ? 1 - ranked / ready : 0;
};

/** Whether an order of the workflow's tasks makes a difference on these pools, and both can be played in no time. */
export const isPlayable = ({ ranks, pools, slots }: PlayableWorkflow, sizes: readonly number[]): boolean => {
  const size = sizeOf(ranks.graph);
  const wanted = sizes.map(() => 0);
  for (let task = 0; task < size; task++) wanted[pools?.[task] ?? 0] = (wanted[pools?.[task] ?? 0] as number) + (slots?.[task] ?? 1);
  return size <= MOST_TASKS && wanted.some((each, pool) => each > (sizes[pool] as number));
};

/**
 * Whether one run of the workflow, alone on these pools, would end sooner with its tasks in the order of their ranks than in that of their
 * readiness, if the forecast came true. List scheduling by any order can do worse than by another one (Graham's anomalies, 1969), so both
 * are played. Always the same for the same workflow and forecast.
 */
export const ranksPay = (workflow: PlayableWorkflow, forecast: WorkflowForecast, pools: readonly number[]): boolean => {
  const size = sizeOf(workflow.ranks.graph);
  if (size > MOST_TASKS) return true;
  const gain = (seconds: Float64Array): number => gainOfRanks(workflow, forecast, pools, seconds);
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
