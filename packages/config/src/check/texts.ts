import { hasCode, type Json } from "@qmoi/core";
import { parseExpression } from "../expression/expression.ts";
import type { References } from "../expression/references.ts";
import { isSecretRef, parseTemplate } from "../expression/template.ts";
import type { PathSegments } from "../json-path.ts";
import { nearest } from "../nearest.ts";
import type { Problems } from "../problems.ts";
import type { TaskDefinition, Workflow } from "../workflow.ts";
import { type Ancestry, AncestryTooDeep } from "./ancestry.ts";
import type { TaskGraph } from "./graph.ts";
import { type TaskText, taskTexts } from "./task-texts.ts";

interface Place {
  readonly text: TaskText;
  readonly path: PathSegments;
  readonly problems: Problems;
}

/** Checks each expression of a task: that it can be parsed, reads tasks that come before, inputs that exist and elements that there are. */
export const checkTexts = (workflow: Workflow, graph: TaskGraph, ancestry: Ancestry, problems: Problems): void => {
  const inputs = closedInputs(workflow);
  workflow.tasks.forEach((task, index) => {
    for (const text of taskTexts(task)) {
      const place: Place = { text, path: ["tasks", index, ...text.path], problems };
      if (!text.secrets) refuseSecrets(text.value, place.path, problems);
      const references = parse(place);
      if (!references) continue;
      checkElement(task, references, place);
      checkInputNames(inputs, references, place);
      checkTasks({ workflow, graph, ancestry }, index, references, place);
    }
  });
};

const parse = ({ text, path, problems }: Place): References | undefined => {
  try {
    if (text.kind === "template") return parseTemplate(text.value).references;
    const { type, references } = parseExpression(text.value as string);
    if (text.gives && type !== "dyn" && !type.startsWith(text.gives)) {
      problems.add("QMOI_INVALID_EXPRESSION", path, `expected an expression that gives a ${text.gives}, found one that gives ${type}`);
    }
    return references;
  } catch (error) {
    if (!hasCode(error, "QMOI_INVALID_EXPRESSION")) throw error;
    problems.addError(error, path);
    return undefined;
  }
};

const checkElement = (task: TaskDefinition, references: References, { text, path, problems }: Place): void => {
  if (!references.item || (text.each && task.forEach)) return;
  const why = task.forEach
    ? "item and index don't exist here, before the list is expanded; filter the list instead"
    : "item and index exist only in a task with forEach";
  problems.add("QMOI_INVALID_EXPRESSION", path, why);
};

/** Names of the inputs, where the schema allows no others. */
const closedInputs = ({ inputs }: Workflow): readonly string[] | undefined => {
  const properties = inputs?.properties;
  const isClosed = inputs?.additionalProperties === false && inputs.patternProperties === undefined;
  return isClosed && typeof properties === "object" && properties !== null ? Object.keys(properties) : undefined;
};

const checkInputNames = (names: readonly string[] | undefined, references: References, { path, problems }: Place): void => {
  if (!names) return;
  for (const name of references.inputs) {
    if (names.includes(name)) continue;
    const suggestion = nearest(name, names);
    problems.add(
      "QMOI_INVALID_EXPRESSION",
      path,
      `the workflow has no input "${name}"${hint(suggestion)}`,
      suggestion === undefined ? {} : { suggestion },
    );
  }
};

interface Surroundings {
  readonly workflow: Workflow;
  readonly graph: TaskGraph;
  readonly ancestry: Ancestry;
}

const checkTasks = (
  { workflow, graph, ancestry }: Surroundings,
  index: number,
  references: References,
  { text, path, problems }: Place,
): void => {
  const name = workflow.tasks[index]?.name;
  if (!text.tasks && references.tasks.size > 0) {
    problems.add("QMOI_INVALID_EXPRESSION", path, "a key of limits can read inputs, run, item and index, not tasks");
    return;
  }
  for (const referenced of references.tasks) {
    const ancestor = graph.indexOf.get(referenced);
    if (ancestor === undefined) {
      const suggestion = nearest(referenced, graph.indexOf.keys());
      problems.add(
        "QMOI_INVALID_EXPRESSION",
        path,
        `there is no task "${referenced}"${hint(suggestion)}`,
        suggestion === undefined ? {} : { suggestion },
      );
    } else if (!isAncestor(ancestry, index, ancestor)) {
      problems.add(
        "QMOI_INVALID_EXPRESSION",
        path,
        `task "${name}" reads task "${referenced}" without needing it; add "${referenced}" to its needs`,
      );
    }
  }
};

/** A definition that makes this question expensive is asked to name its needs. */
const isAncestor = (ancestry: Ancestry, task: number, ancestor: number): boolean => {
  try {
    return ancestry.find(task, new Set([ancestor])) !== undefined;
  } catch (error) {
    if (error instanceof AncestryTooDeep) return false;
    throw error;
  }
};

const hint = (suggestion: string | undefined): string => (suggestion === undefined ? "" : `; did you mean "${suggestion}"?`);

/** A reference to a secret in a place that is stored as it is would be of no use there, and looks as if it were. */
export const refuseSecrets = (value: Json, path: PathSegments, problems: Problems): void => {
  if (typeof value !== "object" || value === null) return;
  if (isSecretRef(value)) {
    problems.add(
      "QMOI_INVALID_WORKFLOW",
      path,
      "a secretRef is not allowed here, where values are stored; use it in the target's args, env, stdin, url, headers, body or sign",
    );
    return;
  }
  for (const [key, inner] of Object.entries(value))
    refuseSecrets(inner as Json, [...path, Array.isArray(value) ? Number(key) : key], problems);
};
