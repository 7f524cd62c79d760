import { meanOf } from "./statistics.ts";

/** What the order of a run's tasks goes by, and what is known of it. */
export interface TaskOrder {
  /** Whether its tasks go by their predicted ranks, or else as they became ready. */
  readonly byRank: boolean;
  /** Whether both orders are played: not where all tasks have room at once, and not where there are too many. */
  readonly played: boolean;
  /** What ranks gained in the latest runs of its workflow that were played: shares of how long those took in the order of readiness. */
  readonly gains: readonly number[];
  /** Whether instances of a `forEach` are told apart by what they took before. */
  readonly instances: boolean;
}

/** The order of a run's tasks in a sentence, and why it is that. Declared priorities and deadlines come before it in any case. */
export const explainTaskOrder = (order: TaskOrder): string =>
  `${tasksOf(order)}${order.instances ? " Instances that take longest again go first of theirs." : ""}`;

const tasksOf = ({ byRank, played, gains }: TaskOrder): string => {
  const order = byRank ? "The longest predicted way to the end goes first" : "What became ready first goes first";
  if (!played) return `${order}.`;
  if (gains.length === 0) return `${order}: by the forecast that ends it ${byRank ? "sooner" : "no later"}.`;
  const mean = meanOf(gains);
  const share = `${(100 * Math.abs(mean)).toFixed(1)}% ${mean < 0 ? "later" : "sooner"}`;
  const runs = gains.length === 1 ? "run" : `${gains.length} runs`;
  const later = gains.filter((gain) => gain < 0).length;
  return `${order}. By predicted ways its latest ${runs} would have ended ${share}${gains.length === 1 ? "" : ` on average, ${later} of them later`}.`;
};
