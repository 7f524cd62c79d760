import type { ASTNode } from "@marcbachmann/cel-js";
import { nearest } from "../nearest.ts";

/** What an expression reads. */
export interface References {
  /** Names of the tasks whose state or output it reads. */
  readonly tasks: ReadonlySet<string>;
  /** Top-level names of the run's inputs that it names. */
  readonly inputs: ReadonlySet<string>;
  /** Whether it reads `item` or `index`. */
  readonly item: boolean;
}

/** Why an expression can't be used, with the offset in its text. */
export class ReferenceProblem extends Error {
  readonly offset: number;
  readonly suggestion: string | undefined;

  constructor(message: string, node: ASTNode, suggestion?: string) {
    super(message);
    this.offset = node.pos;
    this.suggestion = suggestion;
  }
}

const ROOTS: readonly string[] = ["inputs", "tasks", "run", "item", "index"];
/** CEL's names of types: something to compare `type(x)` with, and no value. */
const TYPES: readonly string[] = ["string", "bool", "int", "uint", "double", "map", "list", "bytes", "null_type", "type"];
const RUN_FIELDS = ["id", "workflow", "startedAt"];
const TASK_FIELDS = ["state", "output"];
/** Methods whose first argument names a variable for the arguments after it. */
const COMPREHENSIONS = new Set(["all", "exists", "exists_one", "map", "filter"]);

/**
 * Walks an expression for what it reads. A task must be named where it is read (`tasks.a` or `tasks["a-b"]`), so that what an expression
 * needs is known before the run. Errors: ReferenceProblem.
 */
export const referencesOf = (root: ASTNode): References => new Walk().references(root);

class Walk {
  readonly #tasks = new Set<string>();
  readonly #inputs = new Set<string>();
  #item = false;

  references(root: ASTNode): References {
    this.#visit(root, []);
    return { tasks: this.#tasks, inputs: this.#inputs, item: this.#item };
  }

  /** `bound`: variables of the comprehensions around the node. */
  #visit(node: ASTNode, bound: readonly string[]): void {
    if (node.op === "id") this.#root(node, node.args, [], bound);
    else if (node.op === "." || node.op === "[]") this.#access(node, bound);
    else if (node.op === "rcall") this.#method(node, bound);
    else if (node.op === "==" || node.op === "!=") for (const child of node.args.filter((side) => !isType(side))) this.#visit(child, bound);
    else for (const child of childrenOf(node)) this.#visit(child, bound);
  }

  #access(node: ASTNode, bound: readonly string[]): void {
    const keys: (string | undefined)[] = [];
    let inner: ASTNode = node;
    while (inner.op === "." || inner.op === "[]") {
      const [from, key] = inner.args;
      if (typeof key === "string") keys.unshift(key);
      else {
        keys.unshift(key.op === "value" && typeof key.args === "string" ? key.args : undefined);
        this.#visit(key, bound);
      }
      inner = from;
    }
    if (inner.op === "id") this.#root(node, inner.args, keys, bound);
    else this.#visit(inner, bound);
  }

  #method(node: Extract<ASTNode, { op: "rcall" }>, bound: readonly string[]): void {
    const [name, receiver, values] = node.args;
    const [first, ...rest] = values;
    const binds = COMPREHENSIONS.has(name) || (name === "bind" && receiver.op === "id" && receiver.args === "cel");
    if (!binds || first?.op !== "id") {
      for (const child of [receiver, ...values]) this.#visit(child, bound);
      return;
    }
    if (ROOTS.includes(first.args)) throw new ReferenceProblem(`"${first.args}" can't be the name of a variable`, first);
    this.#visit(receiver, bound);
    for (const child of rest) this.#visit(child, [...bound, first.args]);
  }

  /** `keys`: what is read of the variable; undefined where the key is computed. */
  #root(node: ASTNode, name: string, keys: readonly (string | undefined)[], bound: readonly string[]): void {
    if (bound.includes(name)) return;
    const [first, second] = keys;
    if (name === "tasks") {
      if (first === undefined) throw new ReferenceProblem('name the task that is read: tasks.name.output or tasks["name"].output', node);
      if (keys.length > 1) oneOf(TASK_FIELDS, second, "a task", node);
      this.#tasks.add(first);
    } else if (name === "inputs") {
      if (first !== undefined) this.#inputs.add(first);
    } else if (name === "run") {
      if (keys.length > 0) oneOf(RUN_FIELDS, first, "run", node);
    } else if (name === "item" || name === "index") this.#item = true;
    else if (TYPES.includes(name)) throw new ReferenceProblem(`"${name}" is a type; a task is read as tasks.${name}.output`, node);
    else if (name !== "cel")
      throw new ReferenceProblem(`"${name}" is not known; there are ${ROOTS.join(", ")}`, node, nearest(name, ROOTS));
  }
}

const isType = (node: ASTNode): boolean => node.op === "id" && TYPES.includes(node.args);

const oneOf = (fields: readonly string[], key: string | undefined, of: string, node: ASTNode): void => {
  if (key !== undefined && fields.includes(key)) return;
  const found = key === undefined ? "a computed key" : JSON.stringify(key);
  throw new ReferenceProblem(`${of} has ${fields.join(", ")}, not ${found}`, node, key === undefined ? undefined : nearest(key, fields));
};

/** The direct operands of a node. */
export const childrenOf = (node: ASTNode): readonly ASTNode[] => {
  switch (node.op) {
    case "value":
    case "id":
      return [];
    case ".":
    case ".?":
      return [node.args[0]];
    case "call":
      return node.args[1];
    case "rcall":
      return [node.args[1], ...node.args[2]];
    case "map":
      return node.args.flat();
    case "!_":
    case "-_":
      return [node.args];
    default:
      return node.args;
  }
};
