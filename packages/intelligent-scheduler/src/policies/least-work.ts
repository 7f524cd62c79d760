import type { OrderPolicy } from "../order.ts";
import { cutByUrgency, isUrgent, LEAST_SECONDS, ratioSpan, responseRatio } from "./ageing.ts";
import { both, expectedSpan, expectedWork } from "./first-of-kind.ts";
import { byForecastRank } from "./tasks.ts";

/** The run with the least predicted work left goes first; neither age nor priority nor deadline counts. */
export const leastRemaining: OrderPolicy = {
  name: "least-remaining",
  score: ({ demand }) => demand.work.remaining,
  byTask: false,
  predictive: true,
  taskBefore: byForecastRank,
};

/** What can be tuned of the policies that weigh runs. */
export interface PolicyTuning {
  /** The power of the response ratio by which `fair` goes; 0 orders as `fast` does. */
  readonly ageing: number;
  /** What a run weighs more for each step of declared priority. */
  readonly priorityFactor: number;
}

export const USUAL_TUNING: PolicyTuning = { ageing: 1, priorityFactor: 2 };

/** What a run's end is worth: so many times more with each step of declared priority, 1 at the usual one. */
export const weightOf = (priority: number, factor = USUAL_TUNING.priorityFactor): number => factor ** (priority - USUAL_PRIORITY);
const USUAL_PRIORITY = 5;

/** Runs that are about to miss their deadline stand before all others, ordered as workflow FIFO does. */
const URGENT = -1;
const leastWeighted = (name: string, ageing: number, priorityFactor: number): OrderPolicy => {
  const weights = Array.from({ length: 11 }, (_, priority) => weightOf(priority, priorityFactor));
  return {
    name,
    score: (candidate, now) => {
      const { demand, slots } = candidate;
      if (isUrgent(candidate, now)) return URGENT;
      const weight = weights[demand.priority] ?? weightOf(demand.priority, priorityFactor);
      return Math.max(LEAST_SECONDS, expectedWork(candidate, now)) / (weight * aged(responseRatio(demand, slots, now), ageing));
    },
    byTask: true,
    predictive: true,
    holds: (candidate, now) => {
      const { createdAt } = candidate.demand;
      const aging = ageing === 0 ? { from: createdAt, until: Number.POSITIVE_INFINITY } : ratioSpan(candidate, now);
      const span = both(aging, expectedSpan(candidate, now));
      return candidate.demand.deadlineAt === undefined ? span : cutByUrgency(candidate, now, span);
    },
    taskBefore: byForecastRank,
  };
};

/** The usual powers are spared the cost of the function. */
const aged = (ratio: number, ageing: number): number => (ageing === 1 ? ratio : ageing === 0 ? 1 : ratio ** ageing);

/**
 * Least expected remaining work over weight goes first: near the least mean completion time that can be had, at the cost of large runs.
 * For jobs of one machine this is Smith's rule (1956) applied to the mean of what remains (SRPT: Schrage, 1968; of a size that is not known: SERPT).
 * A run that is surer of its size for the tasks that have ended goes before one that is not: what is begun is brought to its end.
 */
export const fastPolicy = ({ priorityFactor }: PolicyTuning = USUAL_TUNING): OrderPolicy => leastWeighted("fast", 0, priorityFactor);

/** Least expected remaining work over weight and response ratio: as `fast`, but who has waited long for its size comes to its turn. */
export const fairPolicy = ({ ageing, priorityFactor }: PolicyTuning = USUAL_TUNING): OrderPolicy =>
  leastWeighted("fair", ageing, priorityFactor);

export const fast: OrderPolicy = fastPolicy();
export const fair: OrderPolicy = fairPolicy();
