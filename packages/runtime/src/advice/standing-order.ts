import { explainScore, explainTaskOrder } from "@qmoi/intelligent-scheduler";
import type { Engine } from "../engine.ts";
import { horizonOf } from "../forecast/run-horizon.ts";
import { nameOf } from "../run-facts.ts";
import type { OrderView, PlaceView, StandingView } from "./advice-views.ts";

/** Runs shown of each pool. */
const SHOWN = 20;

export const standingOf = ({ order }: Pick<Engine, "order">): StandingView => {
  const { accuracy, pairs, failing } = order.watch.standing;
  return { pairs, failing, ...(Number.isNaN(accuracy) ? {} : { accuracy }) };
};

/** How work is ordered now, in a sentence. */
export const orderText = ({ order, ports }: Pick<Engine, "order" | "ports">): string => {
  const { accuracy, failing } = order.watch.standing;
  const { policy } = ports.settings();
  if (failing && policy !== order.policy.name)
    return `Work is ordered by ${order.policy.name} instead of ${policy}: forecasts put only ${Math.round(100 * accuracy)}% of the latest pairs of runs in the right order of size.`;
  return `Work is ordered by ${order.policy.name}.`;
};

/** Who stands where in each pool, and why. Where an engine lives for one invocation, nobody stands in memory. */
export const orderView = async (engine: Engine): Promise<OrderView> => {
  const { order, ports, dispatcher, host } = engine;
  const now = ports.clock.now();
  const { tuning, policy: configured } = ports.settings();
  const { policy } = order;
  const pools: OrderView["pools"][number][] = [];
  for (const { pool, candidates } of dispatcher.standing(now)) {
    const runs: PlaceView[] = [];
    for (const { run: entry, ...candidate } of candidates.slice(0, SHOWN)) {
      const { run, workflow, priority } = candidate.demand;
      const forecast = await horizonOf(engine, entry);
      runs.push({
        run,
        workflow,
        priority,
        task: nameOf(entry.state.locate(candidate.task)),
        ...explainScore(policy, candidate, now, tuning),
        ...(policy.predictive ? { taskOrder: explainTaskOrder(order.taskOrderOf(entry)) } : {}),
        ...(forecast ? { forecast } : {}),
      });
    }
    pools.push({ pool, slots: host.pool(pool).slots, waiting: candidates.length, runs });
  }
  return { policy: policy.name, configured, standing: standingOf(engine), says: orderText(engine), pools };
};
