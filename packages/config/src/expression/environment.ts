import { Environment } from "@marcbachmann/cel-js";

/** Structural limits of one expression, on top of its 4,096 characters. */
const limits = { maxAstNodes: 2_000, maxDepth: 64, maxListElements: 500, maxMapEntries: 500, maxCallArguments: 16 };

const divide = (a: number, b: number): number => a / b;

const arithmetic: readonly (readonly [string, (a: number, b: number) => number])[] = [
  ["+", (a, b) => a + b],
  ["-", (a, b) => a - b],
  ["*", (a, b) => a * b],
  ["/", divide],
  ["%", (a, b) => a % b],
];

const create = (): Environment => {
  const made = new Environment({ homogeneousAggregateLiterals: false, limits })
    .registerVariable("inputs", "dyn")
    .registerVariable("tasks", "map")
    .registerVariable("run", "map")
    .registerVariable("item", "dyn")
    .registerVariable("index", "dyn");
  for (const [operator, apply] of arithmetic) {
    made.registerOperator(`int ${operator} double: double`, (a: bigint, b: number) => apply(Number(a), b));
    made.registerOperator(`double ${operator} int: double`, (a: number, b: bigint) => apply(a, Number(b)));
  }
  made.registerOperator("double % double: double", (a: number, b: number) => a % b);
  return made;
};

let shared: Environment | undefined;

/**
 * CEL with the variables of a task. JSON's numbers are doubles and literals like `1` are ints: arithmetic over both gives a double,
 * so that `inputs.count + 1` works. What CEL lacks for doubles, the remainder, is added. Made when the
 * first expression is read: it takes as long as the rest of a small program's start.
 */
export const environment = (): Environment => {
  shared ??= create();
  return shared;
};
