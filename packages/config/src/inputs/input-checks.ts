import { type JsonObject, Late } from "@qmoi/core";
import { patterns } from "../expression/pattern.ts";
import type { Workflow } from "../workflow.ts";
import { plainInputs } from "./plain-inputs.ts";

/** What checks inputs by a schema, with the patterns that JSON Schema's own schema has, whatever the schema of the inputs holds. */
export const inputChecks = /* @__PURE__ */ new Late("Checks of inputs", async () => {
  const [{ checkInputs }] = await Promise.all([import("./check-inputs.ts"), patterns.load()]);
  return checkInputs;
});

/** Checks a run's inputs as `checkInputs` does, and loads what it takes: nothing for a workflow that has no schema. */
export const checkRunInputs = async (workflow: Pick<Workflow, "inputs">, inputs: JsonObject): Promise<JsonObject> => {
  if (workflow.inputs === undefined) return plainInputs(inputs);
  return (await inputChecks.load())(workflow, inputs);
};
