import { type JsonObject, parseSchedule, QmoiError } from "@qmoi/core";
import * as z from "zod";
import { parseCel } from "../expression/cel.ts";
import { expressions } from "../expression/expression.ts";
import { patterns } from "../expression/pattern.ts";
import { compileRe2 } from "../expression/re2.ts";
import { checkInputs, compileInputs } from "../inputs/check-inputs.ts";
import { jsonBytes } from "../json-value.ts";
import { LIMITS } from "../limits.ts";
import { Problems, type Source } from "../problems.ts";
import { readDocument, validate } from "../validate.ts";
import { type TargetDefinition, type Workflow, type WorkflowDocument, workflowSchema } from "../workflow.ts";
import { Ancestry } from "./ancestry.ts";
import { checkGraph } from "./graph.ts";
import { checkKeys } from "./keys.ts";
import { checkLimits, type WorkflowLimits } from "./limits.ts";
import { checkOutcomes } from "./outcomes.ts";
import { checkTexts, refuseSecrets } from "./texts.ts";

// A check reads whatever a definition may hold.
expressions.provide(parseCel);
patterns.provide(compileRe2);

/** Checks a definition that was read before, in full. Errors: as `checkWorkflow`. */
export const checkDefinition = (document: WorkflowDocument, limits: WorkflowLimits): Workflow =>
  checkWorkflow(validate(workflowSchema, document, { code: "QMOI_INVALID_WORKFLOW" }), limits);

/** Reads a workflow from its text and checks it in full. Errors: as `readDocument` and `checkWorkflow`. */
export const readWorkflow = (text: string, limits: WorkflowLimits, options: { readonly file?: string } = {}): Workflow => {
  const workflow = readDocument(workflowSchema, text, { ...options, code: "QMOI_INVALID_WORKFLOW", maxBytes: LIMITS.definitionBytes });
  return checkWorkflow(workflow, limits, { ...options, text });
};

/**
 * Checks what a schema can't say: the graph, what fits where it is to run, sizes, schedules, the inputs' schema, expressions and what they
 * read. Gives the workflow back. Errors: QMOI_TASK_DUPLICATE, QMOI_TASK_UNKNOWN_NEED, QMOI_TASK_CYCLE, QMOI_TASK_NEVER_FITS, QMOI_TOO_LARGE,
 * QMOI_INVALID_SCHEDULE, QMOI_INVALID_TIME_ZONE, QMOI_INVALID_EXPRESSION, QMOI_INVALID_WORKFLOW; all problems are in `data.problems`.
 */
export const checkWorkflow = (workflow: Workflow, limits: WorkflowLimits, source: Source = {}): Workflow => {
  const problems = new Problems();
  const graph = checkGraph(workflow, problems);
  checkSizes(workflow, problems);
  checkLimits(workflow, limits, problems);
  checkKeys(workflow, problems);
  checkTargets(workflow, problems);
  const isInputsFine = checkInputsSchema(workflow, problems);
  checkSchedules(workflow, isInputsFine, problems);
  if (graph) {
    const ancestry = new Ancestry(graph);
    checkOutcomes(workflow, graph, ancestry, problems);
    checkTexts(workflow, graph, ancestry, problems);
  }
  problems.throwIfAny(source);
  return workflow;
};

const checkSizes = (workflow: Workflow, problems: Problems): void => {
  const bytes = jsonBytes(workflow);
  if (bytes > LIMITS.definitionBytes)
    problems.add("QMOI_TOO_LARGE", [], `the definition has ${bytes} bytes, at most ${LIMITS.definitionBytes} are allowed`);
  workflow.tasks.forEach(({ name, payload, target }, index) => {
    const { body, parameters } = target as { readonly body?: unknown; readonly parameters?: unknown };
    for (const [path, value] of [
      [["payload"], payload],
      [["target", "body"], body],
      [["target", "parameters"], parameters],
    ] as const) {
      const size = jsonBytes(value);
      if (size <= LIMITS.payloadBytes) continue;
      problems.add(
        "QMOI_TOO_LARGE",
        ["tasks", index, ...path],
        `the ${path.at(-1)} of task "${name}" has ${size} bytes, at most ${LIMITS.payloadBytes} are allowed; pass it by reference`,
      );
    }
  });
};

const checkTargets = (workflow: Workflow, problems: Problems): void => {
  workflow.tasks.forEach(({ target }, index) => {
    const [key, message] = targetFault(target) ?? [];
    if (key !== undefined && message !== undefined) problems.add("QMOI_INVALID_WORKFLOW", ["tasks", index, "target", key], message);
  });
};

const isTime = (text: string): boolean => z.iso.datetime({ offset: true }).safeParse(text).success;

/** Texts without a template can be judged now. */
const targetFault = (target: TargetDefinition): readonly [key: string, message: string] | undefined => {
  if (target.type === "wait" && target.until !== undefined && isLiteral(target.until) && !isTime(target.until)) {
    return ["until", `expected a date and time with offset, as 2026-01-31T08:00:00Z, found ${JSON.stringify(target.until)}`];
  }
  if (target.type === "http" && typeof target.url === "string" && isLiteral(target.url) && !/^https?:$/.test(protocolOf(target.url))) {
    return ["url", `expected an address that begins with http:// or https://, found ${JSON.stringify(target.url.slice(0, 100))}`];
  }
  if (target.type === "function" && !(isLiteral(target.module) && isLiteral(target.export ?? ""))) {
    return ["module", "the code of a function is the same for each run: no templates here; pass the payload to it"];
  }
  return undefined;
};

const isLiteral = (text: string): boolean => !text.includes("${{");
const protocolOf = (url: string): string => (URL.canParse(url) ? new URL(url).protocol : "");

const checkInputsSchema = (workflow: Workflow, problems: Problems): boolean =>
  workflow.inputs === undefined || gather(problems, () => compileInputs(workflow.inputs as JsonObject));

const checkSchedules = (workflow: Workflow, isInputsFine: boolean, problems: Problems): void => {
  const names = new Set<string>();
  workflow.schedules?.forEach((schedule, index) => {
    const path = ["schedules", index];
    const { name = "default", expression, timezone, inputs = {} } = schedule;
    if (names.has(name))
      problems.add("QMOI_INVALID_WORKFLOW", [...path, "name"], `the schedule name "${name}" is taken; without a name it is "default"`);
    names.add(name);
    try {
      parseSchedule(expression, timezone);
    } catch (error) {
      if (!(error instanceof QmoiError)) throw error;
      const key = error.code === "QMOI_INVALID_TIME_ZONE" ? "timezone" : "expression";
      problems.add(error.code, [...path, key], error.message.replace(/\.$/, ""));
    }
    refuseSecrets(inputs as JsonObject, [...path, "inputs"], problems);
    if (isInputsFine)
      gather(problems, () => checkInputs({ inputs: workflow.inputs as JsonObject | undefined }, inputs), [...path, "inputs"]);
  });
};

/** Whether the work went well; adds what it complains of otherwise. */
const gather = (problems: Problems, work: () => unknown, at: readonly PropertyKey[] = []): boolean => {
  try {
    work();
    return true;
  } catch (error) {
    if (!(error instanceof QmoiError)) throw error;
    problems.addError(error, at, error.code === "QMOI_INVALID_INPUT" ? "QMOI_INVALID_WORKFLOW" : error.code);
    return false;
  }
};
