import type { OrderPolicy, Ranked } from "./order.ts";

/** The tasks of one run that are ready in one pool: a binary heap of numbers in the order of the policy that was in force when it was made. */
export class TaskHeap {
  readonly #tasks: number[] = [];
  readonly #ranked: Ranked;
  readonly #before: OrderPolicy["taskBefore"];

  constructor(ranked: Ranked, { taskBefore }: OrderPolicy) {
    this.#ranked = ranked;
    this.#before = taskBefore;
  }

  get size(): number {
    return this.#tasks.length;
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
    const tasks = this.#tasks;
    const first = tasks[0];
    const last = tasks.pop();
    if (last === undefined || tasks.length === 0) return first;
    let at = 0;
    for (let below = 1; below < tasks.length; below = 2 * at + 1) {
      if (below + 1 < tasks.length && this.#before(this.#ranked, tasks[below + 1] as number, tasks[below] as number)) below++;
      const other = tasks[below] as number;
      if (!this.#before(this.#ranked, other, last)) break;
      tasks[at] = other;
      at = below;
    }
    tasks[at] = last;
    return first;
  }
}
