import type { OrderPolicy } from "../order.ts";
import { byAge, byDeclaredRank, byReadiness } from "./tasks.ts";

/**
 * Highest priority first, then the earliest deadline, then the oldest run; inside a run priority, deadline, upward rank by declared
 * estimates, definition order. Needs no forecast: what every other policy falls back to.
 */
export const workflowFifo: OrderPolicy = {
  name: "workflow-fifo",
  score: () => 0,
  byTask: false,
  predictive: false,
  taskBefore: byDeclaredRank,
};

/** Tasks of all runs in the order in which they became ready. */
export const readyFifo: OrderPolicy = {
  name: "ready-fifo",
  score: ({ ranked, task }) => ranked.readyAt(task),
  byTask: true,
  predictive: false,
  taskBefore: byAge,
};

/** Longer than any span of times in ms, and exact beside them in a double. */
const AGES_MS = 1e13;

/** Tasks of all runs by declared priority, the run's before the task's, then in the order in which they became ready. */
export const staticPriority: OrderPolicy = {
  name: "static-priority",
  score: ({ demand, ranked, task }) => ranked.readyAt(task) - AGES_MS * (11 * demand.priority + ranked.priority(task)),
  byTask: true,
  predictive: false,
  taskBefore: byReadiness,
};
