import type { ASTNode, ParseResult } from "@marcbachmann/cel-js";
import { type Json, QmoiError, ValidationError } from "@qmoi/core";
import { Budget } from "./budget.ts";
import { celValue } from "./cel-value.ts";
import { environment } from "./environment.ts";
import { meter } from "./meter.ts";
import { ReferenceProblem, type References, referencesOf } from "./references.ts";
import { toJson } from "./to-json.ts";

/** What a task's expressions can read. */
export interface Scope {
  readonly inputs: Json;
  /** By name: at least the tasks that the expression references. `output` is null for a task that has none. */
  readonly tasks: Readonly<Record<string, { readonly state: string; readonly output: Json }>>;
  /** `startedAt`: ISO 8601 in UTC. */
  readonly run: { readonly id: string; readonly workflow: string; readonly startedAt: string };
  /** The element and its index from 0, inside forEach. */
  readonly item?: Json;
  readonly index?: number;
}

/** A parsed expression. Evaluating it twice gives the same: there is no clock, randomness or I/O in it. */
export interface Expression {
  readonly text: string;
  /** What CEL knows of the value before there is one: `list<int>`, `bool`, `dyn` for anything. */
  readonly type: string;
  readonly references: References;
  /** Errors: QMOI_INVALID_EXPRESSION. */
  evaluate(scope: Scope, budget?: Budget): Json;
}

const LONGEST = 4_096;
const KEPT = 1_000;
const NO_VALUES = new Set(["type", "CelNamespace"]);
const parsed = new Map<string, Expression>();

/** Parses a CEL expression and checks its names and types. Errors: QMOI_INVALID_EXPRESSION. */
export const parseExpression = (text: string): Expression => {
  const known = parsed.get(text);
  if (known) return known;
  const expression = parse(text);
  if (parsed.size >= KEPT) parsed.clear();
  parsed.set(text, expression);
  return expression;
};

/** Evaluates an expression to JSON: whole numbers beyond 2^53, NaN and infinities are refused, times become ISO 8601. */
export const evaluateExpression = (text: string, scope: Scope): Json => parseExpression(text).evaluate(scope);

/** Names of the tasks that an expression reads. */
export const referencedTasks = (text: string): ReadonlySet<string> => parseExpression(text).references.tasks;

const parse = (text: string): Expression => {
  if (text.length > LONGEST) throw new ValidationError("QMOI_INVALID_EXPRESSION", `The expression is longer than ${LONGEST} characters.`);
  const { program, references, type } = guard(text, () => {
    const program: ParseResult = environment().parse(text);
    const references = referencesOf(program.ast);
    const checked = program.check();
    if (!checked.valid) throw checked.error;
    const { type = "dyn" } = checked;
    if (NO_VALUES.has(type)) throw new Error("it gives no value that JSON has");
    return { program, references, type };
  });
  const metered = meter(program.ast as ASTNode);
  const evaluate = (scope: Scope, budget: Budget = new Budget()): Json =>
    guard(text, () => {
      metered.budget = budget;
      return toJson(program(readable(scope, references)), budget);
    });
  return { text, type, references, evaluate };
};

/** The scope as the library reads it, with those tasks alone that the expression names. */
const readable = (scope: Scope, { tasks }: References): Record<string, unknown> => ({
  inputs: celValue(scope.inputs),
  tasks: new Map([...tasks].filter((name) => Object.hasOwn(scope.tasks, name)).map((name) => [name, celValue(scope.tasks[name])])),
  run: scope.run,
  item: celValue(scope.item),
  index: scope.index,
});

/** Gives every failure inside the library the code, and says where in the text it lies. */
const guard = <T>(text: string, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    if (error instanceof QmoiError) throw error;
    const offset = error instanceof ReferenceProblem ? error.offset : (error as { range?: { start: number } }).range?.start;
    const what = (error as { summary?: string }).summary ?? (error instanceof Error ? error.message : String(error));
    const where = offset === undefined ? "" : ` at character ${offset + 1}`;
    const suggestion = error instanceof ReferenceProblem ? error.suggestion : undefined;
    const hint = suggestion === undefined ? "." : `; did you mean ${JSON.stringify(suggestion)}?`;
    throw new ValidationError("QMOI_INVALID_EXPRESSION", `${shorten(text)}: ${lowerFirst(what)}${where}${hint}`, {
      cause: error,
      ...(suggestion === undefined ? {} : { data: { suggestion } }),
    });
  }
};

const shorten = (text: string): string => (text.length > 80 ? `${text.slice(0, 77)}…` : text);
const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1).replace(/\.$/, "");
