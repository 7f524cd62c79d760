import type { ErrorCode } from "@qmoi/core";
import type * as z from "zod";
import { describeIssue, type IssueDetail } from "./describe-issue.ts";
import type { PathSegments } from "./json-path.ts";
import { unsafeKey } from "./json-value.ts";
import { Problems, type Source } from "./problems.ts";
import { readJson } from "./read-json.ts";

export interface ValidateOptions extends Source {
  /** Code of the error: QMOI_INVALID_INPUT unless said otherwise. */
  readonly code?: ErrorCode;
}

export interface ReadOptions {
  readonly file?: string;
  readonly code?: ErrorCode;
  readonly maxBytes?: number;
}

/** Reads a document and checks it against its schema. Errors: QMOI_INVALID_JSON, QMOI_TOO_LARGE, and `code` with every problem found. */
export const readDocument = <S extends z.ZodType>(schema: S, text: string, options: ReadOptions = {}): z.output<S> =>
  parse(schema, readJson(text, options), { ...options, text });

/** Checks a value that was read before. Each problem says where, what was expected, what was found and what was probably meant. */
export const validate = <S extends z.ZodType>(schema: S, value: unknown, options: ValidateOptions = {}): z.output<S> => {
  const unsafe = unsafeKey(value);
  if (unsafe) {
    const problems = new Problems();
    problems.add(options.code ?? "QMOI_INVALID_INPUT", unsafe.path, unsafe.message);
    problems.throwIfAny(options);
  }
  return parse(schema, value, options);
};

const parse = <S extends z.ZodType>(schema: S, value: unknown, options: ValidateOptions): z.output<S> => {
  const code = options.code ?? "QMOI_INVALID_INPUT";
  const problems = new Problems();
  const details: IssueDetail[] = [];
  const result = schema.safeParse(value, { error: (issue) => `#${details.push(describeIssue(issue)) - 1}` });
  if (result.success) return result.data;
  for (const issue of misspellingsFirst(result.error.issues)) report(issue, [], { code, problems, details });
  problems.throwIfAny(options);
  throw new Error("a schema refused a value without saying why");
};

interface Report {
  readonly code: ErrorCode;
  readonly problems: Problems;
  readonly details: readonly IssueDetail[];
}

const report = (issue: z.core.$ZodIssue, prefix: PathSegments, to: Report): void => {
  const path = [...prefix, ...issue.path];
  if (issue.code === "invalid_union" && issue.errors.length > 0) reportUnion(issue, path, to);
  else if (issue.code === "invalid_key") reportKey(issue, path, to);
  else if (issue.code === "unrecognized_keys") reportUnknownKeys(issue, path, to);
  else {
    const { message, expected, found, suggestion } = detailOf(issue, to.details);
    to.problems.add(to.code, path, message, {
      ...(expected ? { expected } : {}),
      ...(found ? { found } : {}),
      ...(suggestion ? { suggestion } : {}),
    });
  }
};

const reportKey = (issue: Extract<z.core.$ZodIssue, { code: "invalid_key" }>, path: PathSegments, to: Report): void => {
  const [inner] = issue.issues;
  const expected = inner && detailOf(inner, to.details).expected;
  to.problems.add(to.code, path, `${JSON.stringify(path.at(-1))} can't be a key here${expected ? `: expected ${expected}` : ""}`);
};

const reportUnknownKeys = (issue: Extract<z.core.$ZodIssue, { code: "unrecognized_keys" }>, path: PathSegments, to: Report): void => {
  const { unknownKey } = detailOf(issue, to.details);
  for (const key of issue.keys) {
    const { message, ...details } = unknownKey?.(key) ?? { message: "unknown key" };
    to.problems.add(to.code, [...path, key], message, details);
  }
};

/** Reports the branch that the author meant: the one whose type fits, and of those the one with the fewest problems. */
const reportUnion = (issue: Extract<z.core.$ZodIssue, { code: "invalid_union" }>, path: PathSegments, to: Report): void => {
  const branches = issue.errors.map((issues) => issues.filter(({ path }) => path.length === 0 && isTypeIssue(issues)));
  const fitting = issue.errors.filter((_, index) => branches[index]?.length === 0);
  const meant = fitting.toSorted((a, b) => a.length - b.length)[0];
  if (meant) {
    for (const inner of misspellingsFirst(meant)) report(inner, path, to);
    return;
  }
  const all = issue.errors.flatMap((issues) => issues.slice(0, 1)).map((inner) => detailOf(inner, to.details));
  const expected = [...new Set(all.map((detail) => detail.expected))].join(" or ");
  const found = all[0]?.found ?? "something else";
  to.problems.add(to.code, path, `expected ${expected}, found ${found}`, { expected, found });
};

const isTypeIssue = (issues: readonly z.core.$ZodIssue[]): boolean =>
  issues.some(({ code, path }) => path.length === 0 && (code === "invalid_type" || code === "invalid_value"));

/** A misspelt key is also a missing one: what was misspelt says more. */
const misspellingsFirst = (issues: readonly z.core.$ZodIssue[]): readonly z.core.$ZodIssue[] => [
  ...issues.filter(({ code }) => code === "unrecognized_keys"),
  ...issues.filter(({ code }) => code !== "unrecognized_keys"),
];

/** Issues whose message the schema itself gave carry no number. */
const detailOf = (issue: { readonly message: string }, details: readonly IssueDetail[]): IssueDetail =>
  (issue.message.startsWith("#") ? details[Number(issue.message.slice(1))] : undefined) ?? { message: issue.message };
