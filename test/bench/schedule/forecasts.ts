import { Forecaster } from "@qmoi/forecast/forecaster";
import { forecastWorkflow, type WorkflowForecast } from "@qmoi/intelligent-scheduler";
import { SeededRandom } from "@qmoi/simulator";
import type { Instance } from "./instances.ts";

/** Enough for the forests of a few thousand tasks; each instance takes a training of its own. */
const TREES = 50;

/** Seconds of each task of each instance, forecast from all other instances. */
export const leaveOneOut = (instances: readonly Instance[], told: (done: number) => void): number[][] =>
  instances.map((instance, index) => {
    // Memory is not ordered by, so nothing is learned of it.
    const others = instances.flatMap((other) =>
      other === instance ? [] : other.records.map(({ peakMemoryBytes: _, ...record }) => record),
    );
    const forecaster = Forecaster.train(others, { seed: 1, trees: TREES });
    const seconds = instance.records.map(
      ({ seconds: _, run: __, peakMemoryBytes: ___, ...known }) => forecaster.predict(known)?.point ?? 1,
    );
    told(index + 1);
    return seconds;
  });

/** What a policy is told, of the arrival with this number. */
export type Oracle = (instance: number, arrival: number) => WorkflowForecast;

/** The same at each arrival. */
export const fixed = (instances: readonly Instance[], secondsOf: (instance: Instance, index: number) => ArrayLike<number>): Oracle => {
  const forecasts = instances.map((instance, index) => of(instance, secondsOf(instance, index)));
  return (instance) => forecasts[instance] as WorkflowForecast;
};

/** The truth times a log-normal factor that all tasks of a kind in one arrival share, since real forecasts err so. */
export const noisy = (instances: readonly Instance[], sigma: number, seed: number): Oracle => {
  return (index, arrival) => {
    const instance = instances[index] as Instance;
    const random = new SeededRandom(`noise/${seed}/${arrival}`);
    const factors = new Map(instance.kinds.map((kind) => [kind, 1]));
    for (const kind of factors.keys()) factors.set(kind, Math.exp(sigma * normal(random)));
    return of(
      instance,
      instance.workflow.seconds.map((seconds, task) => seconds * (factors.get(instance.kinds[task] as string) as number)),
    );
  };
};

/** Forecasts that are as wrong as can be. */
export const adversaries = (instances: readonly Instance[]): Readonly<Record<"inverted" | "reversed" | "constant", Oracle>> => {
  const bySize = [...instances.keys()].sort((a, b) => (instances[a] as Instance).work - (instances[b] as Instance).work);
  const opposite = new Map(bySize.map((index, place) => [index, instances[bySize[bySize.length - 1 - place] as number] as Instance]));
  const logs = instances.flatMap(({ workflow }) => [...workflow.seconds].map((seconds) => Math.log(Math.max(LEAST, seconds))));
  const middle = Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length);
  return {
    // What takes long is said to take short, around the geometric mean.
    inverted: fixed(instances, ({ workflow }) => workflow.seconds.map((seconds) => middle ** 2 / Math.max(LEAST, seconds))),
    // The largest workflow is said to be as large as the smallest, and so on.
    reversed: fixed(instances, ({ workflow, work }, index) =>
      workflow.seconds.map((seconds) => (seconds * (opposite.get(index) as Instance).work) / Math.max(LEAST, work)),
    ),
    constant: fixed(instances, ({ workflow }) => workflow.seconds.map(() => 1)),
  };
};
const LEAST = 0.01;

const of = ({ workflow, kinds }: Instance, seconds: ArrayLike<number>): WorkflowForecast =>
  forecastWorkflow(workflow.ranks.graph, seconds, { kinds });

/** Box and Muller's transform. */
const normal = (random: SeededRandom): number => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
