import { compile, estimateOf, type Graph, type GraphTask, needsOf } from "@qmoi/advanced-automation";
import type { Workflow } from "@qmoi/config";
import type { PlayableTask } from "@qmoi/intelligent-scheduler";

/** A task of a run as it is played. */
export interface PlayedTask extends PlayableTask {
  readonly name: string;
  readonly pool: string;
  /** What it takes in truth. */
  readonly seconds: number;
  /** What its author expects, in seconds. */
  readonly estimate: number;
}

/** A run as it is played. Runs of one definition share the list of their tasks where they took the same. */
export interface PlayedRun {
  readonly run: string;
  readonly workflow: string;
  /** When it is asked for, in ms. */
  readonly at: number;
  readonly priority: number;
  readonly deadlineAt?: number;
  readonly tasks: readonly PlayedTask[];
}

const declaredSeconds = ({ def }: GraphTask): number => estimateOf(def);

/** Tasks of a workflow that take what `seconds` says, else what their author expects. A `forEach` counts as one task. */
export const tasksOfGraph = (graph: Graph, seconds: (task: GraphTask) => number = declaredSeconds): PlayedTask[] =>
  graph.tasks.map((task) => ({
    name: task.name,
    needs: needsOf(graph, task.index),
    pool: task.pool,
    slots: task.slots,
    type: task.type,
    priority: task.priority,
    seconds: seconds(task),
    estimate: declaredSeconds(task),
  }));

/** Runs of a workflow that are asked for at these times (ms); tasks take what `seconds` says, else what their author expects. */
export const runsOfWorkflow = (
  workflow: Workflow,
  arrivals: readonly number[],
  { seconds = declaredSeconds }: { readonly seconds?: (task: GraphTask) => number } = {},
): PlayedRun[] => {
  const tasks = tasksOfGraph(compile(workflow, workflow.name), seconds);
  const { deadline, priority = 5 } = workflow;
  return arrivals.map((at, n) => ({
    run: `${workflow.name}/${n + 1}`,
    workflow: workflow.name,
    at,
    priority,
    ...(deadline === undefined ? {} : { deadlineAt: at + 1000 * deadline }),
    tasks,
  }));
};
