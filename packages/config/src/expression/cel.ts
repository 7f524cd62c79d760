import type { ASTNode, ParseResult } from "@marcbachmann/cel-js";
import { type Json, QmoiError, ValidationError } from "@qmoi/core";
import { Budget } from "./budget.ts";
import { celValue } from "./cel-value.ts";
import { environment } from "./environment.ts";
import type { Expression, Scope } from "./expression.ts";
import { meter } from "./meter.ts";
import { ReferenceProblem, type References, referencesOf } from "./references.ts";
import { toJson } from "./to-json.ts";

const LONGEST = 4_096;
const NO_VALUES = new Set(["type", "CelNamespace"]);

/** Parses an expression by the library. Errors: QMOI_INVALID_EXPRESSION. */
export const parseCel = (text: string): Expression => {
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
