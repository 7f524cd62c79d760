import type { OrderPolicy, Ranked } from "../order.ts";
import { byWeight } from "./tasks.ts";

/**
 * Apache Airflow's order: tasks of all runs by priority weight, then the oldest run. A task's weight is its own priority (`absolute`), or
 * that and the priorities of all tasks after it (`downstream`, Airflow's default) or before it (`upstream`). A run's priority scales them.
 * Source: Airflow's documentation, "Priority Weights".
 */
const airflow = (name: string, weight: (ranked: Ranked, task: number) => number): OrderPolicy => ({
  name,
  score: ({ demand, ranked, task }) => -demand.priority * weight(ranked, task),
  byTask: true,
  predictive: false,
  taskBefore: byWeight(weight),
});

export const downstream: OrderPolicy = airflow("downstream", (ranked, task) => ranked.downstream(task));
export const upstream: OrderPolicy = airflow("upstream", (ranked, task) => ranked.upstream(task));
export const absolute: OrderPolicy = airflow("absolute", (ranked, task) => ranked.priority(task));
