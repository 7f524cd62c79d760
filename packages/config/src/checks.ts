import type { JsonObject } from "@qmoi/core";
import { definitionChecks } from "./check/definition-checks.ts";
import type { WorkflowLimits } from "./check/limits.ts";
import { checkRunInputs } from "./inputs/input-checks.ts";
import type { Workflow, WorkflowDocument } from "./workflow.ts";

/** Checks of what users write: they take more code than all that runs it, so who publishes and starts nothing does without. */
export interface Checks {
  /** A run's inputs with the defaults of the workflow's schema. Errors: QMOI_INVALID_INPUT, QMOI_TOO_LARGE. */
  readonly inputs: (workflow: Pick<Workflow, "inputs">, inputs: JsonObject) => Promise<JsonObject>;
  /** The workflow of a definition that was read before. Errors: as `checkWorkflow`. */
  readonly definition: (document: WorkflowDocument, limits: WorkflowLimits) => Promise<Workflow>;
}

/** All checks, each loaded by its first use. */
export const CHECKS: Checks = {
  inputs: checkRunInputs,
  definition: async (document, limits) => (await definitionChecks.load())(document, limits),
};
