import type { TaskDefinition } from "./workflow.ts";

export interface Need {
  readonly task: string;
  readonly on: "success" | "failure" | "always";
}

/** A need in its full form. */
export const needOf = (need: NonNullable<TaskDefinition["needs"]>[number]): Need =>
  typeof need === "string" ? { task: need, on: "success" } : need;
