import { Forecaster } from "@qmoi/forecast/forecaster";
import { gainOfRanks, RankTrials } from "@qmoi/intelligent-scheduler";
import { predictionOf, TRAINING, type Trials, toldBy, withoutMemory } from "./forecasts.ts";
import type { Instance } from "./instances.ts";

/** Two of these groups are left out of each training, so that it takes 15 of them for any number of instances. */
const GROUPS = 6;

/**
 * By instance, what ranks gained in other executions of its workflow: as if those had ended before it. What they were forecast to take comes from
 * executions that are neither in their group nor in that of the instance, so nothing is learned of either.
 */
export const trialsOf = (instances: readonly Instance[], slots: readonly number[], told: (done: number, of: number) => void): Trials[] => {
  const groups = Math.min(GROUPS, instances.length);
  /** By group of the instance that is to know of them, and by slots. */
  const tried = Array.from({ length: groups }, () => slots.map(() => new RankTrials()));
  const pairs = Array.from({ length: groups }, (_, a) => a).flatMap((a) =>
    Array.from({ length: groups - 1 - a }, (_, n) => [a, a + 1 + n] as const),
  );
  const gains = pairs.map(([a, b], done) => {
    const isOut = (index: number): boolean => index % groups === a || index % groups === b;
    const forecaster = Forecaster.train(
      instances.flatMap((instance, index) => (isOut(index) ? [] : withoutMemory(instance))),
      TRAINING,
    );
    told(done + 1, pairs.length);
    return instances.map((instance, index) => {
      if (!isOut(index)) return [];
      const { forecast } = predictionOf(instance, toldBy(forecaster, instance));
      return slots.map((each) => gainOfRanks(instance.workflow, forecast, [each], instance.workflow.seconds));
    });
  });
  for (const [index, { records }] of instances.entries()) {
    for (const [n, [a, b]] of pairs.entries()) {
      const knows = index % groups === a ? b : a;
      for (const [s, gain] of (gains[n]?.[index] ?? []).entries()) tried[knows]?.[s]?.add(workflowOf(records), [slots[s] as number], gain);
    }
  }
  return instances.map(({ records }, index) =>
    Object.fromEntries(slots.map((each, s) => [each, tried[index % groups]?.[s]?.of(workflowOf(records), [each]) ?? []])),
  );
};

const workflowOf = ([first]: Instance["records"]): string => first?.workflow ?? "";
