import * as z from "zod";
import { nearest } from "./nearest.ts";

/** An issue of zod in QMOI's words. */
export interface IssueDetail {
  readonly message: string;
  readonly expected?: string;
  readonly found?: string;
  readonly suggestion?: string;
  /** For unknown keys: what to say of each. */
  readonly unknownKey?: (key: string) => {
    readonly message: string;
    readonly expected: string;
    readonly found: string;
    readonly suggestion?: string;
  };
}

const TYPES: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  integer: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
  null: "null",
};
/** A type of zod or JSON Schema in words. */
export const typeName = (type: string): string => TYPES[type] ?? type;

/** Keys of an object that are worth listing in a message. */
const LISTED_KEYS = 14;

/** Says what was expected and what was found. `issue` is zod's raw issue, which still knows the schema and the value. */
export const describeIssue = (issue: z.core.$ZodRawIssue): IssueDetail => {
  const found = preview(issue.input);
  switch (issue.code) {
    case "unrecognized_keys":
      return { message: "unknown key", unknownKey: unknownKey(knownKeys(issue.inst)) };
    case "invalid_value":
      return choice(issue.values as readonly unknown[], issue.input);
    case "invalid_union":
      return issue.discriminator === undefined ? { message: "", found } : choice(optionsOf(issue), discriminated(issue));
    case "invalid_type":
      return expecting(typeName(String(issue.expected)), found);
    case "too_small":
    case "too_big":
      return expecting(bound(issue), issue.origin === "array" ? `${(issue.input as unknown[]).length}` : found);
    case "invalid_format":
      return expecting(descriptionOf(issue) ?? `text in the format ${issue.format}`, found);
    case "not_multiple_of":
      return expecting(`a multiple of ${issue.divisor}`, found);
    default:
      return { message: descriptionOf(issue) ?? "not valid", found };
  }
};

const expecting = (expected: string, found: string): IssueDetail => ({ message: `expected ${expected}, found ${found}`, expected, found });

const choice = (values: readonly unknown[], input: unknown): IssueDetail => {
  const expected = values.length === 1 ? JSON.stringify(values[0]) : `one of ${values.map((value) => JSON.stringify(value)).join(", ")}`;
  const suggestion = typeof input === "string" ? nearest(input, values.map(String)) : undefined;
  const detail = expecting(expected, preview(input));
  return suggestion === undefined
    ? detail
    : { ...detail, message: `${detail.message}; did you mean ${JSON.stringify(suggestion)}?`, suggestion };
};

/** The values that a discriminated union knows, and what the document has in its place. */
const optionsOf = (issue: z.core.$ZodRawIssue): readonly unknown[] => (issue.options as readonly unknown[] | undefined) ?? [];
const discriminated = (issue: z.core.$ZodRawIssue): unknown => (issue.input as Record<string, unknown>)[String(issue.discriminator)];

const unknownKey =
  (known: readonly string[]) =>
  (key: string): ReturnType<NonNullable<IssueDetail["unknownKey"]>> => {
    const suggestion = nearest(key, known);
    const expected = `one of ${known.slice(0, LISTED_KEYS).join(", ")}${known.length > LISTED_KEYS ? ", …" : ""}`;
    const hint = suggestion === undefined ? `expected ${expected}` : `did you mean ${JSON.stringify(suggestion)}?`;
    return {
      message: `unknown key ${JSON.stringify(key)}; ${hint}`,
      expected,
      found: key,
      ...(suggestion === undefined ? {} : { suggestion }),
    };
  };

const knownKeys = (schema: unknown): readonly string[] =>
  schema instanceof z.ZodObject ? Object.keys(schema.shape).filter((key) => key !== "$schema") : [];

const bound = (issue: z.core.$ZodRawIssue): string => {
  const limit = issue.code === "too_small" ? issue.minimum : issue.maximum;
  const unit = { string: " characters", array: " elements" }[String(issue.origin)];
  if (unit) return `${issue.code === "too_small" ? "at least" : "at most"} ${limit}${limit === 1 ? unit.slice(0, -1) : unit}`;
  if (issue.code === "too_small") return `${issue.inclusive ? "at least" : "more than"} ${limit}`;
  return `${issue.inclusive ? "at most" : "less than"} ${limit}`;
};

/** The description of the schema that was not met says in words what its pattern wants. */
const descriptionOf = (issue: z.core.$ZodRawIssue): string | undefined => {
  const schema = (issue as { schema?: unknown }).schema;
  const description = schema instanceof z.ZodType ? schema.description : undefined;
  return description && description.charAt(0).toLowerCase() + description.slice(1).replace(/\.$/, "");
};

/** A short rendering of a value for messages. */
export const preview = (value: unknown): string => {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object" && value !== null) return "an object";
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
};
