import { at, type TaskGraph } from "./graph.ts";

/** Needs looked at in all: a second at most, reached only by definitions made to be expensive. */
const MOST_STEPS = 20_000_000;

/** Thrown when the question would take too long to answer. */
export class AncestryTooDeep extends Error {}

/** Answers whether a task comes before another. */
export class Ancestry {
  readonly #graph: TaskGraph;
  readonly #seen: Int32Array;
  #question = 0;
  #steps = 0;

  constructor(graph: TaskGraph) {
    this.#graph = graph;
    this.#seen = new Int32Array(graph.level.length);
  }

  /** Whether `task` needs one of `ancestors`, directly or through others; only needs on success count with `bySuccess`. Gives the ancestor. */
  find(task: number, ancestors: ReadonlySet<number>, bySuccess = false): number | undefined {
    const { rows, needs, onSuccess, level } = this.#graph;
    const question = ++this.#question;
    let lowest = Number.POSITIVE_INFINITY;
    for (const ancestor of ancestors) lowest = Math.min(lowest, at(level, ancestor));
    const waiting = [task];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      for (let edge = at(rows, next); edge < at(rows, next + 1); edge++) {
        if (++this.#steps > MOST_STEPS) throw new AncestryTooDeep();
        const need = at(needs, edge);
        if (bySuccess && onSuccess[edge] === 0) continue;
        if (ancestors.has(need)) return need;
        // What an ancestor needs lies below it, so nothing below the lowest one leads to any.
        if (this.#seen[need] === question || at(level, need) <= lowest) continue;
        this.#seen[need] = question;
        waiting.push(need);
      }
    }
    return undefined;
  }
}
