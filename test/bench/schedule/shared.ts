import { ForecastWatch, type SimulatedRun, simulate, weightOf } from "@qmoi/intelligent-scheduler";
import { SeededRandom } from "@qmoi/simulator";
import { type Contestant, goesByRank, steeringOf } from "./contestants.ts";
import type { Oracle, Prediction } from "./forecasts.ts";
import type { Instance } from "./instances.ts";
import { mean, percentile } from "./statistics.ts";

/** A stream of workflows on shared slots. */
export interface Cell {
  readonly slots: number;
  /** Work that arrives, over what the slots can do. */
  readonly load: number;
  readonly arrivals: number;
  readonly seed: number;
}

/** What a policy made of it, in seconds but for the slowdown. */
export interface Figures {
  readonly mean: number;
  readonly p95: number;
  /** Mean of the time from arrival to end over what the run would take alone, at least 10 s. */
  readonly slowdown: number;
  /** The mean by weight when runs have priorities; only where asked for. */
  readonly weighted: number;
  /** Whether the fallback was in force at the end. */
  readonly fellBack: boolean;
}

/** Bounded slowdown: shorter runs are taken as this long (Feitelson, 2001). */
const BOUND_SECONDS = 10;
const PRIORITIES = [3, 4, 5, 6, 7] as const;

interface Arrival {
  readonly at: number;
  readonly instance: number;
  readonly priority: number;
}

/** Poisson arrivals of instances drawn evenly; the same draws for all slots and loads. */
const arrivalsOf = (instances: readonly Instance[], { slots, load, arrivals, seed }: Cell): Arrival[] => {
  const random = new SeededRandom(`arrivals/${seed}`);
  const gap = mean(instances.map(({ work }) => work)) / (slots * load);
  let at = 0;
  return Array.from({ length: arrivals }, () => {
    at -= 1000 * gap * Math.log(1 - random.next());
    return { at: Math.round(at), instance: random.int(0, instances.length - 1), priority: random.pick(PRIORITIES) };
  });
};

/** Plays the stream under one policy until all has drained. */
export const play = (
  instances: readonly Instance[],
  cell: Cell,
  contestant: Contestant,
  oracle: Oracle,
  { weighted }: { readonly weighted: boolean },
): Figures => {
  const arrivals = arrivalsOf(instances, cell);
  const pays = new Map<Prediction, boolean>();
  const runs = arrivals.map(({ at, instance }, arrival): SimulatedRun => {
    const { workflow } = instances[instance] as Instance;
    const prediction = oracle(instance, arrival);
    const byRank = pays.get(prediction) ?? goesByRank(contestant, workflow, prediction, cell.slots);
    pays.set(prediction, byRank);
    return { workflow, forecast: prediction.forecast, at, byRank };
  });
  const steering = steeringOf(contestant);
  const pools = [cell.slots];
  const took = simulate({ runs, pools, steering }).map(({ endedAt }, index) => (endedAt - (arrivals[index] as Arrival).at) / 1000);
  return {
    mean: mean(took),
    p95: percentile(took, 0.95),
    slowdown: mean(
      took.map((seconds, index) => Math.max(1, seconds / alone(instances[(arrivals[index] as Arrival).instance] as Instance, cell.slots))),
    ),
    weighted: weighted ? weightedMean(arrivals, runs, contestant, pools) : Number.NaN,
    fellBack: steering instanceof ForecastWatch && steering.standing.failing,
  };
};

const alone = ({ path, work }: Instance, slots: number): number => Math.max(BOUND_SECONDS, path, work / slots);

const weightedMean = (
  arrivals: readonly Arrival[],
  runs: readonly SimulatedRun[],
  contestant: Contestant,
  pools: readonly number[],
): number => {
  const prioritized = runs.map((run, index) => ({ ...run, priority: (arrivals[index] as Arrival).priority }));
  const ended = simulate({ runs: prioritized, pools, steering: steeringOf(contestant) });
  let [sum, weights] = [0, 0];
  for (const [index, { at, priority }] of arrivals.entries()) {
    const weight = weightOf(priority);
    sum += (weight * ((ended[index]?.endedAt ?? Number.NaN) - at)) / 1000;
    weights += weight;
  }
  return sum / weights;
};
