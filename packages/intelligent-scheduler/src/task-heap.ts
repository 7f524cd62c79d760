import type { OrderPolicy, Ranked } from "./order.ts";

/** The tasks of one run that are ready in one pool: a binary heap of numbers in a policy's order. */
export class TaskHeap {
  readonly #tasks: number[] = [];
  readonly #ranked: Ranked;
  #before: OrderPolicy["taskBefore"];

  constructor(ranked: Ranked, { taskBefore }: OrderPolicy) {
    this.#ranked = ranked;
    this.#before = taskBefore;
  }

  get size(): number {
    return this.#tasks.length;
  }

  /** Sorts anew where another order is in force; linear then, and free otherwise. */
  under({ taskBefore }: OrderPolicy): this {
    if (taskBefore === this.#before) return this;
    this.#before = taskBefore;
    for (let at = (this.#tasks.length >> 1) - 1; at >= 0; at--) this.#sink(at, this.#tasks[at] as number);
    return this;
  }

  peek(): number | undefined {
    return this.#tasks[0];
  }

  push(task: number): void {
    const tasks = this.#tasks;
    let at = tasks.length;
    tasks.push(task);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const other = tasks[above] as number;
      if (!this.#before(this.#ranked, task, other)) break;
      tasks[at] = other;
      at = above;
    }
    tasks[at] = task;
  }

  pop(): number | undefined {
    const first = this.#tasks[0];
    const last = this.#tasks.pop();
    if (last !== undefined && this.#tasks.length > 0) this.#sink(0, last);
    return first;
  }

  /** Puts a task where it belongs at or below a place that is free. */
  #sink(from: number, task: number): void {
    const tasks = this.#tasks;
    let at = from;
    for (let below = 2 * at + 1; below < tasks.length; below = 2 * at + 1) {
      if (below + 1 < tasks.length && this.#before(this.#ranked, tasks[below + 1] as number, tasks[below] as number)) below++;
      const other = tasks[below] as number;
      if (!this.#before(this.#ranked, other, task)) break;
      tasks[at] = other;
      at = below;
    }
    tasks[at] = task;
  }
}
