import { type Json, type JsonObject, QmoiError } from "@qmoi/core";
import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { preview, typeName } from "../describe-issue.ts";
import { compilePattern } from "../expression/pattern.ts";
import type { PathSegments } from "../json-path.ts";
import { jsonBytes } from "../json-value.ts";
import { LIMITS } from "../limits.ts";
import { nearest } from "../nearest.ts";
import { Problems } from "../problems.ts";
import { FORMATS, schemaFault } from "./guard-schema.ts";
import { refuseLarge, refuseUnsafe } from "./plain-inputs.ts";
import { hasUniqueItems } from "./unique-items.ts";

/** Checks inputs and fills in defaults: the inputs themselves stay as they are. */
export type InputsCheck = (inputs: unknown) => JsonObject;

// The engine matches patterns in linear time; its code is needed for standalone output only.
const regExp = Object.assign((source: string) => compilePattern(source), { code: "" });

const createAjv = (): Ajv2020 => {
  const ajv = new Ajv2020({
    allErrors: true,
    verbose: true,
    useDefaults: true,
    ownProperties: true,
    strictTypes: false,
    strictTuples: false,
    strictRequired: false,
    logger: false,
    code: { regExp },
  });
  ajv.removeKeyword("uniqueItems");
  ajv.addKeyword({
    keyword: "uniqueItems",
    type: "array",
    schemaType: "boolean",
    validate: (wanted: boolean, list: readonly Json[]) => !wanted || hasUniqueItems(list),
    error: { message: "must not hold the same element twice" },
  });
  return formats.default(ajv, [...FORMATS]);
};

let shared: Ajv2020 | undefined;
const compiled = new WeakMap<JsonObject, InputsCheck>();

/**
 * Compiles the JSON Schema (2020-12) of a workflow's inputs, once. Errors: QMOI_INVALID_WORKFLOW with the path in the workflow for a
 * schema that is wrong, or by which validation would take unbounded time.
 */
export const compileInputs = (schema: JsonObject): InputsCheck => {
  const known = compiled.get(schema);
  if (known) return known;
  const check = checkBy(compile(schema));
  compiled.set(schema, check);
  return check;
};

/** Checks a run's inputs against the workflow's schema, whose `patterns` are loaded; any object will do without one. Errors: QMOI_INVALID_INPUT, QMOI_TOO_LARGE. */
export const checkInputs = (workflow: { readonly inputs?: JsonObject | undefined }, inputs: unknown): JsonObject =>
  compileInputs(workflow.inputs ?? ANY_OBJECT)(inputs);

const DRAFT = "https://json-schema.org/draft/2020-12/schema";
const ANY_OBJECT: JsonObject = { type: "object" };

const compile = (schema: JsonObject): ValidateFunction => {
  const problems = new Problems();
  const refuse = (path: PathSegments, message: string): void => problems.add("QMOI_INVALID_WORKFLOW", ["inputs", ...path], message);
  shared ??= createAjv();
  if (schema.type !== undefined && schema.type !== "object") refuse(["type"], 'inputs are an object: expected "object"');
  if (schema.$schema !== undefined && schema.$schema !== DRAFT) refuse(["$schema"], `expected "${DRAFT}"`);
  if (jsonBytes(schema) > LIMITS.inputsBytes) refuse([], `the schema is larger than ${LIMITS.inputsBytes} bytes`);
  problems.throwIfAny();
  if (!shared.validateSchema(schema))
    for (const error of shared.errors ?? []) refuse(pathOf(error), `${error.message ?? "is not valid"} (JSON Schema 2020-12)`);
  problems.throwIfAny();
  const fault = schemaFault(schema);
  if (fault) refuse(fault.path, fault.message);
  problems.throwIfAny();
  try {
    const validate = shared.compile({ ...schema, type: "object" });
    for (const path of wrongDefaults(schema, validate)) refuse(path, "the default does not match its own schema");
    problems.throwIfAny();
    return validate;
  } catch (error) {
    if (error instanceof QmoiError) throw error;
    refuse([], `the schema can't be used: ${error instanceof Error ? error.message : String(error)}`);
    problems.throwIfAny();
    throw error;
  } finally {
    shared.removeSchema();
  }
};

/** Paths of defaults by which each run without that input would fail. */
const wrongDefaults = (schema: JsonObject, validate: ValidateFunction): readonly PathSegments[] => {
  validate({});
  const wrong = new Set((validate.errors ?? []).filter(({ instancePath }) => instancePath !== "").map((error) => String(pathOf(error)[0])));
  return Object.keys((schema.properties as object | undefined) ?? {})
    .filter((name) => wrong.has(name))
    .map((name) => ["properties", name, "default"]);
};

const checkBy =
  (validate: ValidateFunction): InputsCheck =>
  (inputs) => {
    const problems = new Problems();
    refuseUnsafe(inputs);
    refuseLarge(inputs);
    const filled = structuredClone(inputs);
    if (!validate(filled)) for (const error of meantErrors(validate.errors ?? [])) report(error, problems);
    problems.throwIfAny();
    refuseLarge(filled);
    return filled as JsonObject;
  };

const isUnknown = ({ params }: ErrorObject): boolean => "additionalProperty" in params || "unevaluatedProperty" in params;

/** Misspelt names first, and without the summary of a choice (`anyOf`, `if`) whose branches say what is wrong themselves. */
const meantErrors = (errors: readonly ErrorObject[]): readonly ErrorObject[] => {
  const specific = errors.filter(({ keyword }) => keyword !== "anyOf" && keyword !== "oneOf" && keyword !== "if");
  const meant = specific.length > 0 ? specific : errors;
  return [...meant.filter(isUnknown), ...meant.filter((error) => !isUnknown(error))];
};

const report = (error: ErrorObject, problems: Problems): void => {
  const path = pathOf(error);
  const found = preview(error.data);
  const add = (message: string, at: PathSegments = path, suggestion?: string): void =>
    problems.add("QMOI_INVALID_INPUT", at, message, suggestion === undefined ? {} : { suggestion });
  const extra = error.params.additionalProperty ?? error.params.unevaluatedProperty;
  if (typeof extra === "string") {
    const suggestion = nearest(extra, Object.keys((error.parentSchema?.properties as object | undefined) ?? {}));
    add(
      `unknown input ${JSON.stringify(extra)}${suggestion ? `; did you mean ${JSON.stringify(suggestion)}?` : ""}`,
      [...path, extra],
      suggestion,
    );
  } else if (error.keyword === "required") add("a value is required, found nothing", [...path, String(error.params.missingProperty)]);
  else if (error.keyword === "enum") {
    const values = error.params.allowedValues as readonly unknown[];
    const suggestion = typeof error.data === "string" ? nearest(error.data, values.map(String)) : undefined;
    const hint = suggestion === undefined ? "" : `; did you mean ${JSON.stringify(suggestion)}?`;
    add(
      `expected one of ${values
        .slice(0, 20)
        .map((value) => JSON.stringify(value))
        .join(", ")}, found ${found}${hint}`,
      path,
      suggestion,
    );
  } else if (error.keyword === "type") add(`expected ${[error.params.type].flat().map(typeName).join(" or ")}, found ${found}`);
  else add(`${error.message ?? "is not valid"}, found ${found}`);
};

/** The path of an error's value, from its JSON pointer. */
const pathOf = (error: ErrorObject): PathSegments =>
  error.instancePath
    .split("/")
    .slice(1)
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part.replaceAll("~1", "/").replaceAll("~0", "~")));
