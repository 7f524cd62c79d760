import { Unjustified } from "../fuzz.ts";

/** What an expression may read where it stands. */
export interface Readable {
  readonly tasks: ReadonlySet<string>;
  readonly element: boolean;
  /** Names of the inputs, where there are no others. */
  readonly inputs: ReadonlySet<string> | undefined;
}

const EXPRESSION = /\$\{\{((?:[^}]|\}(?!\}))*)\}\}/g;
const TASK = /\btasks\s*(?:\.\s*([A-Za-z_]\w*)|\[\s*(?:"([^"]*)"|'([^']*)')\s*\])/g;

/** Judges the expressions of a template by their names alone. Errors: Unjustified. */
export const judgeTemplate = (text: string, readable: Readable): void => {
  const opened = text.split("${{").length - 1;
  const found = [...text.matchAll(EXPRESSION)];
  if (found.length !== opened) throw new Unjustified(`an expression of ${JSON.stringify(text)} is not closed`);
  for (const [, expression = ""] of found) judgeExpression(expression, readable);
};

export const judgeExpression = (expression: string, readable: Readable): void => {
  if (expression.trim() === "") throw new Unjustified("an expression is empty");
  for (const [, plain, double, single] of expression.matchAll(TASK)) {
    const task = plain ?? double ?? single ?? "";
    if (!readable.tasks.has(task)) throw new Unjustified(`${expression} reads ${task}, which isn't needed`);
  }
  const bare = expression.replace(/"[^"]*"|'[^']*'/g, "''");
  if (/(?<![.\w])(?:item|index)\b/.test(bare) && !readable.element)
    throw new Unjustified(`${expression} reads an element where there is none`);
  for (const [, input = ""] of bare.matchAll(/(?<![.\w])inputs\s*\.\s*(\w+)/g)) {
    if (readable.inputs && !readable.inputs.has(input))
      throw new Unjustified(`${expression} reads the input ${input}, which doesn't exist`);
  }
  for (const [name] of bare.matchAll(/(?<![.\w])[A-Za-z_]\w{2,}\b(?!\s*\()/g)) {
    if (!["inputs", "tasks", "run", "item", "index", "true", "false", "null"].includes(name))
      throw new Unjustified(`${expression} reads ${name}, which nobody knows`);
  }
};
