import { needOf } from "../need.ts";
import type { Problems } from "../problems.ts";
import type { Workflow } from "../workflow.ts";
import { type Ancestry, AncestryTooDeep } from "./ancestry.ts";
import type { TaskGraph } from "./graph.ts";

/** Finds tasks that wait for a task's failure and, through other needs, for its success: they could never run. */
export const checkOutcomes = (workflow: Workflow, graph: TaskGraph, ancestry: Ancestry, problems: Problems): void => {
  workflow.tasks.forEach((task, index) => {
    const needs = (task.needs ?? []).map(needOf);
    const failing = needs.filter(({ on }) => on === "failure");
    if (failing.length === 0 || failing.length === needs.length) return;
    const mustFail = new Set(failing.map((need) => graph.indexOf.get(need.task) as number));
    const contradiction = find(ancestry, index, mustFail);
    if (contradiction === undefined) return;
    const name = workflow.tasks[contradiction]?.name;
    const position = needs.findIndex((need) => need.task === name);
    const message = `task "${task.name}" waits for "${name}" to fail, and through another need for it to succeed: it could never run`;
    problems.add("QMOI_INVALID_WORKFLOW", ["tasks", index, "needs", position], message);
  });
};

/** A definition made to be expensive goes unanswered: its task is skipped in the run, and says why. */
const find = (ancestry: Ancestry, task: number, mustFail: ReadonlySet<number>): number | undefined => {
  try {
    return ancestry.find(task, mustFail, true);
  } catch (error) {
    if (error instanceof AncestryTooDeep) return undefined;
    throw error;
  }
};
