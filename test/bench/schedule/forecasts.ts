import { isUntried, type TaskRecord, varianceOf } from "@qmoi/forecast";
import { Forecaster } from "@qmoi/forecast/forecaster";
import { forecastWorkflow, UNKNOWN_VARIANCE, type WorkflowForecast } from "@qmoi/intelligent-scheduler";
import { SeededRandom } from "@qmoi/simulator";
import type { Instance } from "./instances.ts";

/** Enough trees for the forests of a few thousand tasks; each instance takes a training of its own. */
export const TRAINING = { seed: 1, trees: 50 };

/** What is told of the tasks of an instance: seconds, and how unsure they are, as the variance of their logarithm; certain where absent. */
export interface Told {
  readonly seconds: ArrayLike<number>;
  readonly variances?: ArrayLike<number>;
  /** Whether nothing like them has ended before; false where absent. */
  readonly untried?: ArrayLike<boolean>;
  readonly trials?: Trials;
}

/** Of each task of each instance, forecast from all other instances. */
export const leaveOneOut = (instances: readonly Instance[], told: (done: number) => void): Told[] =>
  instances.map((instance, index) => {
    const forecaster = Forecaster.train(
      instances.flatMap((other) => (other === instance ? [] : withoutMemory(other))),
      TRAINING,
    );
    told(index + 1);
    return toldBy(forecaster, instance);
  });

/** Memory is not ordered by, so nothing is learned of it. */
export const withoutMemory = ({ records }: Instance): TaskRecord[] => records.map(({ peakMemoryBytes: _, ...record }) => record);

/** What a forecaster says of an instance. */
export const toldBy = (forecaster: Forecaster, { records }: Instance): Told => {
  const forecasts = records.map(({ seconds: _, run: __, peakMemoryBytes: ___, ...known }) => forecaster.predict(known));
  return {
    seconds: forecasts.map((forecast) => forecast?.point ?? 1),
    variances: forecasts.map((forecast) => (forecast ? varianceOf(forecast) : UNKNOWN_VARIANCE)),
    untried: forecasts.map((forecast) => forecast !== undefined && isUntried(forecast)),
  };
};

/** By slots: what ranks gained in other executions of the workflow. */
export type Trials = Readonly<Record<number, readonly number[]>>;

/** What a policy is told of an instance. */
export interface Prediction {
  readonly forecast: WorkflowForecast;
  readonly trials?: Trials;
}

/** What a policy is told, of the arrival with this number. */
export type Oracle = (instance: number, arrival: number) => Prediction;

/** The same at each arrival. */
export const fixed = (instances: readonly Instance[], toldOf: (instance: Instance, index: number) => Told): Oracle => {
  const predictions = instances.map((instance, index) => predictionOf(instance, toldOf(instance, index)));
  return (instance) => predictions[instance] as Prediction;
};

/** The truth times a log-normal factor that all tasks of a kind in one arrival share, since real forecasts err so. */
export const noisy = (instances: readonly Instance[], sigma: number, seed: number): Oracle => {
  return (index, arrival) => {
    const instance = instances[index] as Instance;
    const random = new SeededRandom(`noise/${seed}/${arrival}`);
    const factors = new Map(instance.kinds.map((kind) => [kind, 1]));
    for (const kind of factors.keys()) factors.set(kind, Math.exp(sigma * normal(random)));
    const seconds = instance.workflow.seconds.map((each, task) => each * (factors.get(instance.kinds[task] as string) as number));
    return predictionOf(instance, { seconds, variances: seconds.map(() => sigma ** 2) });
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
    inverted: fixed(instances, ({ workflow }) => ({
      seconds: workflow.seconds.map((seconds) => middle ** 2 / Math.max(LEAST, seconds)),
    })),
    // The largest workflow is said to be as large as the smallest, and so on.
    reversed: fixed(instances, ({ workflow, work }, index) => ({
      seconds: workflow.seconds.map((seconds) => (seconds * (opposite.get(index) as Instance).work) / Math.max(LEAST, work)),
    })),
    constant: fixed(instances, ({ workflow }) => ({ seconds: workflow.seconds.map(() => 1) })),
  };
};
const LEAST = 0.01;

export const predictionOf = ({ workflow, kinds }: Instance, { seconds, variances, untried, trials }: Told): Prediction => ({
  forecast: forecastWorkflow(workflow.ranks.graph, seconds, { kinds, ...(variances && { variances }), ...(untried && { untried }) }),
  ...(trials && { trials }),
});

/** Box and Muller's transform. */
const normal = (random: SeededRandom): number => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
