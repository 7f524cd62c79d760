import type { OrderPolicy } from "../order.ts";
import { byForecastRank } from "./tasks.ts";

/**
 * One critical path over all runs: the task with the longest predicted way to its run's end goes first. For comparison only: it favours
 * the longest workflows, so most others wait.
 */
export const criticalPath: OrderPolicy = {
  name: "critical-path",
  score: ({ ranked, task }) => -ranked.forecastRank(task),
  byTask: true,
  predictive: true,
  taskBefore: byForecastRank,
};
