import type { Json } from "@qmoi/core";
import type { PathSegments } from "../json-path.ts";
import type { TaskDefinition } from "../workflow.ts";

/** A place in a task where templates, or one expression, may stand. */
export interface TaskText {
  readonly path: PathSegments;
  readonly value: Json;
  readonly kind: "template" | "expression";
  /** Whether `{"secretRef": …}` is filled in there. Elsewhere it would be stored or logged. */
  readonly secrets: boolean;
  /** Whether it's evaluated once for each element of forEach, and so can read `item` and `index`. */
  readonly each: boolean;
  /** Whether it can read other tasks: what decides the order is known without them. */
  readonly tasks: boolean;
  /** What the expression has to give. */
  readonly gives?: "list" | "bool";
}

/** Every place of a task in which something is replaced when the task starts; paths begin at the task. */
export const taskTexts = (task: TaskDefinition): readonly TaskText[] => {
  const found: TaskText[] = [];
  const add = (path: PathSegments, value: Json | undefined, rest: Partial<TaskText> = {}): void => {
    if (value !== undefined) found.push({ path, value, kind: "template", secrets: false, each: true, tasks: true, ...rest });
  };
  add(["when"], task.when, { kind: "expression", each: false, gives: "bool" });
  add(["forEach", "list"], task.forEach?.list, { kind: "expression", each: false, gives: "list" });
  add(["payload"], task.payload);
  add(["concurrency", "key"], task.concurrency?.key, { tasks: false });
  add(["rate", "key"], task.rate?.key, { tasks: false });
  add(["idempotencyKey"], task.idempotencyKey);
  for (const key of ["command", "cwd", "stdin", "args", "env", "url", "headers", "body", "until", "resource", "parameters"] as const) {
    const value = (task.target as Readonly<Record<string, unknown>>)[key] as Json | undefined;
    add(["target", key], value, { secrets: key !== "parameters" });
  }
  return found;
};
