import { graphOf, upwardRanks } from "../task-graph.ts";
import { forecastWorkflow, UNKNOWN_VARIANCE, type WorkflowForecast } from "../workflow-forecast.ts";
import { WorkflowRanks } from "../workflow-ranks.ts";
import { ranksPay } from "./ranks-pay.ts";
import type { SimulatedWorkflow } from "./simulate.ts";

/** A task as it is to be played. */
export interface PlayableTask {
  /** Numbers of the tasks that it needs, in the workflow's list. */
  readonly needs: readonly number[];
  /** Tasks of one type err together. */
  readonly type: string;
  /** Declared, 1 (last) to 10 (first). */
  readonly priority: number;
  readonly slots: number;
  /** What its author expects, in seconds; 1 where absent. */
  readonly estimate?: number;
}

export interface PreparedWorkflow {
  readonly workflow: SimulatedWorkflow;
  readonly forecast: WorkflowForecast;
  readonly byRank: boolean;
}

interface Told<T> {
  /** Which of the simulation's pools it takes slots of, by its number there. */
  readonly poolOf: (task: T) => number;
  /** What it takes in truth. */
  readonly secondsOf: (task: T) => number;
  /** What the policy is told. */
  readonly expectedOf: (task: T) => number;
  /** Slots of each pool. */
  readonly sizes: readonly number[];
}

/** Tasks as a simulation takes them, ordered as the engine does it: ranks by what is declared and by what is expected, and whether the latter pay. */
export const prepareWorkflow = <T extends PlayableTask>(
  name: string,
  tasks: readonly T[],
  { poolOf, secondsOf, expectedOf, sizes }: Told<T>,
): PreparedWorkflow => {
  const graph = graphOf(tasks.map(({ needs }) => needs));
  const declared = upwardRanks(
    graph,
    Float64Array.from(tasks, ({ estimate = 1 }) => estimate),
  );
  const ranks = new WorkflowRanks(graph, { priorities: tasks.map(({ priority }) => priority), declared });
  const slots = Int32Array.from(tasks, (task) => task.slots);
  const workflow = { name, ranks, slots, pools: Int32Array.from(tasks, poolOf), seconds: Float64Array.from(tasks, secondsOf) };
  const variances = tasks.map(() => UNKNOWN_VARIANCE);
  const forecast = forecastWorkflow(graph, tasks.map(expectedOf), { slots, variances, kinds: tasks.map(({ type }) => type) });
  return { workflow, forecast, byRank: ranksPay(workflow, forecast, sizes) };
};
