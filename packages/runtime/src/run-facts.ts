import type { Graph, GraphTask } from "@qmoi/advanced-automation";
import type { Json } from "@qmoi/core";
import type { HeaderItem } from "./items.ts";

/** What a run's expressions and targets may look at. `list` gives a forEach's elements. */
export interface RunFacts {
  readonly run: string;
  readonly header: HeaderItem;
  readonly graph: Graph;
  readonly inputs: Json;
  readonly list: (template: number) => Promise<readonly Json[]>;
}

export interface Located {
  readonly task: GraphTask;
  /** Place in the forEach's list, for an instance. */
  readonly element?: number;
}

/** The definition behind a task's number, from the header alone. */
export const locate = (facts: Pick<RunFacts, "header" | "graph">, task: number): Located | undefined => {
  const plain = facts.graph.tasks[task];
  if (plain) return { task: plain };
  for (const [template, offset, count] of facts.header.exp ?? []) {
    if (task >= offset && task < offset + count) return { task: facts.graph.tasks[template] as GraphTask, element: task - offset };
  }
  return undefined;
};

export const nameOf = ({ task, element }: Located): string => (element === undefined ? task.name : `${task.name}[${element}]`);
