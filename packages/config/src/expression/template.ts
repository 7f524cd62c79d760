import { type Json, QmoiError, ValidationError } from "@qmoi/core";
import { jsonPath, type PathSegments } from "../json-path.ts";
import { Budget } from "./budget.ts";
import { type Expression, parseExpression, type Scope } from "./expression.ts";
import type { References } from "./references.ts";

/** A JSON value whose texts may hold `${{ expression }}`. */
export interface Template {
  readonly references: References;
  /** Without an expression: rendering gives the value itself. */
  readonly constant: boolean;
  /**
   * Replaces the expressions. A text that is exactly one expression becomes its value; inside other text, strings stand as they are and
   * everything else as JSON. Keys, and secret references, are left alone. Errors: QMOI_INVALID_EXPRESSION with the path.
   */
  render(scope: Scope): Json;
}

const OPEN = "${{";

/** Parses a template. `at` is the path of the value in its document. Errors: QMOI_INVALID_EXPRESSION with the path of the text. */
export const parseTemplate = (value: Json, at: PathSegments = []): Template => {
  const expressions: Expression[] = [];
  const part = compile(value, at, expressions);
  const references = {
    tasks: new Set(expressions.flatMap(({ references }) => [...references.tasks])),
    inputs: new Set(expressions.flatMap(({ references }) => [...references.inputs])),
    item: expressions.some(({ references }) => references.item),
  };
  return { references, constant: part.constant, render: (scope) => part.render(scope, new Budget()) };
};

interface Part {
  readonly constant: boolean;
  render(scope: Scope, budget: Budget): Json;
}

const fixed = (value: Json): Part => ({ constant: true, render: () => value });

const compile = (value: Json, path: PathSegments, expressions: Expression[]): Part => {
  if (typeof value === "string") return value.includes(OPEN) ? compileText(value, path, expressions) : fixed(value);
  if (typeof value !== "object" || value === null) return fixed(value);
  if (Array.isArray(value)) {
    const parts = value.map((inner, index) => compile(inner, [...path, index], expressions));
    return parts.every(({ constant }) => constant)
      ? fixed(value)
      : { constant: false, render: (scope, budget) => parts.map((part) => part.render(scope, budget)) };
  }
  if (isSecretRef(value)) return fixed(value);
  const parts = Object.entries(value).map(([key, inner]) => [key, compile(inner as Json, [...path, key], expressions)] as const);
  return parts.every(([, { constant }]) => constant)
    ? fixed(value)
    : { constant: false, render: (scope, budget) => Object.fromEntries(parts.map(([key, part]) => [key, part.render(scope, budget)])) };
};

/** Whether a value stands for a secret: `{"secretRef": "env:NAME"}`. */
export const isSecretRef = (value: Json): value is { readonly secretRef: string } =>
  typeof value === "object" && value !== null && !Array.isArray(value) && typeof (value as { secretRef?: unknown }).secretRef === "string";

const compileText = (text: string, path: PathSegments, expressions: Expression[]): Part => {
  const parts = withPath(path, () => splitText(text).map((part) => (typeof part === "string" ? part : parseExpression(part.expression))));
  expressions.push(...parts.filter((part) => typeof part !== "string"));
  const [only] = parts;
  const evaluate = (expression: Expression, scope: Scope, budget: Budget): Json => withPath(path, () => expression.evaluate(scope, budget));
  if (parts.length === 1 && typeof only === "object") return { constant: false, render: (scope, budget) => evaluate(only, scope, budget) };
  const render = (scope: Scope, budget: Budget): string =>
    parts.map((part) => (typeof part === "string" ? part : asText(evaluate(part, scope, budget)))).join("");
  return { constant: false, render };
};

const asText = (value: Json): string => (typeof value === "string" ? value : JSON.stringify(value));

/** Errors of an expression inside a document say where in the document it stands. */
const withPath = <T>(path: PathSegments, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof QmoiError)) throw error;
    throw new ValidationError("QMOI_INVALID_EXPRESSION", error.message, {
      path: jsonPath(path),
      cause: error,
      ...(error.data ? { data: error.data } : {}),
    });
  }
};

/** Cuts a text at its expressions. */
export const splitText = (text: string): (string | { readonly expression: string })[] => {
  const parts: (string | { readonly expression: string })[] = [];
  let from = 0;
  for (let open = text.indexOf(OPEN); open !== -1; open = text.indexOf(OPEN, from)) {
    if (open > from) parts.push(text.slice(from, open));
    const end = endOf(text, open + OPEN.length);
    const expression = text.slice(open + OPEN.length, end).trim();
    if (expression === "") throw new ValidationError("QMOI_INVALID_EXPRESSION", `The expression at character ${open + 1} is empty.`);
    parts.push({ expression });
    from = end + 2;
  }
  if (from < text.length) parts.push(text.slice(from));
  return parts;
};

/** Offset of the `}}` that closes the expression beginning at `start`: braces of map literals and inside strings don't count. */
const endOf = (text: string, start: number): number => {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (character === '"' || character === "'") at = endOfString(text, at);
    else if (character === "{") depth++;
    else if (character === "}" && depth > 0) depth--;
    else if (character === "}" && text[at + 1] === "}") return at;
  }
  throw new ValidationError("QMOI_INVALID_EXPRESSION", `The expression at character ${start - OPEN.length + 1} is not closed by "}}".`);
};

/** Offset of the last quote of CEL's string beginning at `start`, which may have triple quotes; the text's end when it isn't closed. */
const endOfString = (text: string, start: number): number => {
  const quote = text[start] as string;
  const close = text.startsWith(quote.repeat(3), start) ? quote.repeat(3) : quote;
  for (let at = start + close.length; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text.startsWith(close, at)) return at + close.length - 1;
  }
  return text.length;
};
