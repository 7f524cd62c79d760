import type { ASTNode } from "@marcbachmann/cel-js";
import { Budget } from "./budget.ts";
import { compilePattern } from "./pattern.ts";
import { childrenOf } from "./references.ts";

/** The library's own handle on a node: `evaluate` is what runs it, and may be replaced before its first run. */
type Evaluate = (evaluator: Evaluator, node: ASTNode, context: unknown) => unknown;
interface Evaluator {
  run(node: ASTNode, context: unknown): unknown;
}
interface Instrumented {
  readonly meta: { readonly evaluate: Evaluate };
  setMeta(key: "evaluate", value: Evaluate): void;
}

/** Operators and calls whose cost grows with the size of their operands. */
const GROWING = new Set(["==", "!=", "in", "+", "call", "rcall"]);
/** Characters times instructions that a regular expression gets through in the time of one step. */
const MATCHING_A_STEP = 256;

/**
 * Makes each node of a checked expression pay for its evaluation, and operands of growing operators for their size before the operator
 * runs. `matches` is given linear-time regular expressions, as CEL wants; the library uses JavaScript's, which can hang.
 */
export const meter = (root: ASTNode): { budget: Budget } => {
  const metered = { budget: new Budget(0) };
  const visit = (node: ASTNode, isOperand: boolean): void => {
    for (const child of childrenOf(node)) visit(child, GROWING.has(node.op));
    const instrumented = node as unknown as Instrumented;
    const evaluate = isMatch(node) ? matchWith(metered) : instrumented.meta.evaluate;
    instrumented.setMeta("evaluate", (evaluator, self, context) => {
      metered.budget.spend(1);
      const value = evaluate(evaluator, self, context);
      if (isOperand) metered.budget.spend(metered.budget.weight(value));
      return value;
    });
  };
  visit(root, false);
  return metered;
};

const isMatch = (node: ASTNode): boolean => node.op === "rcall" && node.args[0] === "matches";

const matchWith =
  (metered: { readonly budget: Budget }): Evaluate =>
  (evaluator, node, context) => {
    const [, receiver, [argument]] = (node as Extract<ASTNode, { op: "rcall" }>).args;
    const text = evaluator.run(receiver, context);
    const source = evaluator.run(argument as ASTNode, context);
    if (typeof text !== "string" || typeof source !== "string") throw new TypeError("matches() takes text and a regular expression");
    const pattern = compilePattern(source, metered.budget);
    metered.budget.spend((text.length * pattern.instructions) / MATCHING_A_STEP);
    return pattern.test(text);
  };
