import { type Json, Late } from "@qmoi/core";
import type { Budget } from "./budget.ts";
import type { References } from "./references.ts";

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

const KEPT = 1_000;
const parsed = new Map<string, Expression>();

/** What reads expressions. */
export const expressions = /* @__PURE__ */ new Late("Expressions", async () => (await import("./cel.ts")).parseCel);

/** Parses a CEL expression and checks its names and types; `expressions` are loaded. Errors: QMOI_INVALID_EXPRESSION. */
export const parseExpression = (text: string): Expression => {
  const known = parsed.get(text);
  if (known) return known;
  const expression = expressions.value(text);
  if (parsed.size >= KEPT) parsed.clear();
  parsed.set(text, expression);
  return expression;
};

/** Evaluates an expression to JSON: whole numbers beyond 2^53, NaN and infinities are refused, times become ISO 8601. */
export const evaluateExpression = (text: string, scope: Scope): Json => parseExpression(text).evaluate(scope);

/** Names of the tasks that an expression reads. */
export const referencedTasks = (text: string): ReadonlySet<string> => parseExpression(text).references.tasks;
