import { describe, expect, it } from "vitest";
import { ForecastWatch } from "./forecast-watch.ts";
import { fair, fast, workflowFifo } from "./policies/index.ts";
import { type SimulatedRun, type Steering, simulate } from "./simulate/simulate.ts";
import { graphOf } from "./task-graph.ts";
import { forecastWorkflow } from "./workflow-forecast.ts";
import { WorkflowRanks } from "./workflow-ranks.ts";

const ARRIVALS = 200;
const SLOTS = 8;
const LOAD = 0.9;
const STREAMS = 12;

/** Numbers in [0, 1) that look random: a linear congruential generator. */
const draws = (seed: number) => {
  let state = seed >>> 0;
  return (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
};
const normal = (draw: () => number): number => Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());

/** Ten workflows: first one task, then a wide level, then a join; each three times as much work as the one before. */
const WORKFLOWS = Array.from({ length: 10 }, (_, size) => {
  const width = 4 + 2 * size;
  const graph = graphOf([[], ...Array.from({ length: width }, () => [0]), Array.from({ length: width }, (__, task) => task + 1)]);
  const seconds = Float64Array.from({ length: width + 2 }, () => (2 * 2.2 ** size) / width + 0.5);
  const kinds = Array.from(seconds, (_seconds, task) => (task === 0 ? 0 : task <= width ? 1 : 2));
  return { name: `w${size}`, ranks: new WorkflowRanks(graph), seconds, kinds, work: seconds.reduce((sum, each) => sum + each, 0) };
});
type Tell = (size: number, draw: () => number) => (seconds: number, kind: number) => number;

/** What is told of a workflow's tasks: as wrong as can be. */
const ADVERSARIES: Readonly<Record<string, Tell>> = {
  inverted: () => (seconds) => 1000 / seconds,
  reversed: (size) => {
    const [own, other] = [WORKFLOWS[size]!, WORKFLOWS[WORKFLOWS.length - 1 - size]!];
    return (seconds) => (seconds * other.work) / own.work;
  },
  constant: () => () => 1,
  "log-normal with sigma 2": (_, draw) => {
    const factors = [0, 1, 2].map(() => Math.exp(2 * normal(draw)));
    return (seconds, kind) => seconds * factors[kind]!;
  },
};

const streamOf = (seed: number, tell: Tell, variance = 0, isUntried = false): SimulatedRun[] => {
  const [arrivals, lies] = [draws(seed), draws(seed + 1000)];
  const gap = WORKFLOWS.reduce((sum, { work }) => sum + work, 0) / WORKFLOWS.length / (SLOTS * LOAD);
  let at = 0;
  return Array.from({ length: ARRIVALS }, () => {
    at -= 1000 * gap * Math.log(1 - arrivals());
    const size = Math.floor(arrivals() * WORKFLOWS.length);
    const workflow = WORKFLOWS[size]!;
    const told = tell(size, lies);
    const predicted = workflow.seconds.map((seconds, task) => told(seconds, workflow.kinds[task]!));
    const variances = workflow.seconds.map(() => variance);
    const untried = Array.from(workflow.seconds, () => isUntried);
    const forecast = forecastWorkflow(workflow.ranks.graph, predicted, { kinds: workflow.kinds, variances, untried });
    return { workflow, forecast, at: Math.round(at) };
  });
};

const meanOf = (runs: readonly SimulatedRun[], steering: Steering): number =>
  simulate({ runs, pools: [SLOTS], steering }).reduce((sum, { endedAt }, run) => sum + endedAt - runs[run]!.at, 0) / runs.length;

describe.each([fast, fair].map((policy) => [policy.name, policy] as const))("%s under forecasts that are wrong", (_, policy) => {
  it.each(Object.entries(ADVERSARIES))("does little harm: %s", (__, tell) => {
    const ratios = Array.from({ length: STREAMS }, (___, seed) => {
      const runs = streamOf(seed, tell);
      return meanOf(runs, new ForecastWatch(() => policy)) / meanOf(runs, { policy: workflowFifo });
    });
    expect(ratios.reduce((sum, ratio) => sum + ratio, 0) / STREAMS).toBeLessThanOrEqual(1.15);
  });

  it.each([
    ["to be unsure", 1, false],
    ["never to have been tried", 0, true],
  ] as const)("does as little where they are said %s", (__, variance, isUntried) => {
    const ratios = Array.from({ length: STREAMS }, (___, seed) => {
      const runs = streamOf(seed, ADVERSARIES.reversed!, variance, isUntried);
      return meanOf(runs, new ForecastWatch(() => policy)) / meanOf(runs, { policy: workflowFifo });
    });
    expect(ratios.reduce((sum, ratio) => sum + ratio, 0) / STREAMS).toBeLessThanOrEqual(1.15);
  });

  it("gains much where they are right", () => {
    const runs = streamOf(1, () => (seconds) => seconds);
    expect(meanOf(runs, new ForecastWatch(() => policy))).toBeLessThan(0.8 * meanOf(runs, { policy: workflowFifo }));
  });

  it("falls back at once, and says so, where they put the runs in the wrong order", () => {
    const watch = new ForecastWatch(() => policy);
    meanOf(streamOf(1, ADVERSARIES.reversed!), watch);
    expect(watch.standing.failing).toBe(true);
    expect(watch.policy).toBe(workflowFifo);
  });
});

describe("a run that takes longer than predicted", () => {
  const graph = graphOf([[], [], [], []]);
  const workflow = { name: "w", ranks: new WorkflowRanks(graph), seconds: Float64Array.from([20, 20, 20, 20]) };
  const ends = (variance: number): number[] => {
    const forecast = forecastWorkflow(graph, [10, 10, 10, 10], { variances: [variance, variance, variance, variance] });
    const runs = [0, 1].map((at) => ({ workflow, forecast, at }));
    return simulate({ runs, pools: [1], steering: { policy: fast } }).map(({ endedAt }) => endedAt / 1000);
  };

  it("is brought to its end before one begins that is as unsure", () => {
    expect(ends(1)).toEqual([80, 160]);
    // Of one that claims to be sure a first task is tried.
    expect(ends(0)).toEqual([100, 160]);
  });
});
