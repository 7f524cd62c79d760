import type { TargetDefinition, Workflow } from "./workflow.ts";

/** Targets by the name of a binding and the stage that they are for; `default` is for stages that are not named. */
export type Bindings = Readonly<Record<string, Readonly<Record<string, TargetDefinition>>>>;

/** What bindings stand for on one stage, by name. */
export type BoundTargets = ReadonlyMap<string, TargetDefinition>;

/** What the bindings stand for on a stage: `local` on one's own machine. */
export const boundTargets = (bindings: Bindings, stage: string): BoundTargets =>
  new Map(
    Object.entries(bindings).flatMap(([name, stages]) => {
      const target = Object.hasOwn(stages, stage) ? stages[stage] : stages.default;
      return target ? [[name, target] as const] : [];
    }),
  );

/** The workflow with each binding replaced by what it stands for; one that stands for nothing here stays. */
export const bindTargets = (workflow: Workflow, bound: BoundTargets): Workflow => {
  if (!workflow.tasks.some(({ target }) => target.type === "binding")) return workflow;
  const tasks = workflow.tasks.map((task) => {
    const target = task.target.type === "binding" ? bound.get(task.target.name) : undefined;
    return target ? { ...task, target } : task;
  });
  return { ...workflow, tasks };
};
