import { simulate } from "@qmoi/intelligent-scheduler";
import { type Contestant, goesByRank, steeringOf } from "./contestants.ts";
import type { Oracle, Prediction } from "./forecasts.ts";
import type { Instance } from "./instances.ts";
import { mean } from "./statistics.ts";

export interface SingleRow {
  /** `all` for the mean over all instances. */
  readonly family: string;
  readonly slots: number;
  readonly policy: string;
  /** Mean of the makespan over its lower bound: the longest path, or the work shared by all slots. */
  readonly overLowerBound: number;
  /** Mean of the makespan over that of tasks in the order of their readiness. */
  readonly overFifo: number;
  /** The worst instance of the family. */
  readonly worstOverFifo: number;
  readonly instances: number;
}

interface Played {
  readonly family: string;
  readonly overLowerBound: number;
  readonly overFifo: number;
}

/** One workflow alone on the slots: its makespan under each policy. */
export const single = (
  instances: readonly Instance[],
  slots: number,
  contestants: readonly Contestant[],
  oracles: Readonly<Record<Contestant["knows"], Oracle>>,
): { readonly rows: SingleRow[]; readonly ratios: ReadonlyMap<string, readonly number[]> } => {
  const fifo = instances.map((instance, index) => makespan(instance, slots, readiness(contestants), oracles.truth(index, 0)));
  const rows: SingleRow[] = [];
  const ratios = new Map<string, readonly number[]>();
  for (const contestant of contestants) {
    const played = instances.map((instance, index): Played => {
      const ended = makespan(instance, slots, contestant, oracles[contestant.knows](index, 0));
      return {
        family: instance.family,
        overLowerBound: ended / Math.max(instance.path, instance.work / slots),
        overFifo: ended / (fifo[index] as number),
      };
    });
    ratios.set(
      contestant.name,
      played.map(({ overFifo }) => overFifo),
    );
    for (const family of ["all", ...new Set(played.map((each) => each.family))]) {
      rows.push(rowOf(family, slots, contestant.name, family === "all" ? played : played.filter((each) => each.family === family)));
    }
  }
  return { rows, ratios };
};

const rowOf = (family: string, slots: number, policy: string, played: readonly Played[]): SingleRow => ({
  family,
  slots,
  policy,
  overLowerBound: mean(played.map((each) => each.overLowerBound)),
  overFifo: mean(played.map((each) => each.overFifo)),
  worstOverFifo: Math.max(...played.map((each) => each.overFifo)),
  instances: played.length,
});

const readiness = (contestants: readonly Contestant[]): Contestant => contestants.find(({ name }) => name === "ready-fifo") as Contestant;

/** Seconds from arrival to end. */
const makespan = ({ workflow }: Instance, slots: number, contestant: Contestant, prediction: Prediction): number => {
  const byRank = goesByRank(contestant, workflow, prediction, slots);
  const [schedule] = simulate({
    runs: [{ workflow, forecast: prediction.forecast, at: 0, byRank }],
    pools: [slots],
    steering: steeringOf(contestant),
  });
  return (schedule?.endedAt ?? Number.NaN) / 1000;
};
