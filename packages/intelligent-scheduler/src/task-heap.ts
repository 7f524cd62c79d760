import type { OrderPolicy, Ranked } from "./order.ts";

/**
 * The tasks of one run that are ready in one pool, in a policy's order. Most become ready in that order: those form a queue, of which the first
 * costs nothing to take; the others lie in a binary heap beside it.
 */
export class TaskHeap {
  /** In order, from `#head` on. */
  #queue: number[] = [];
  #head = 0;
  /** A binary heap. */
  readonly #heap: number[] = [];
  readonly #ranked: Ranked;
  #before: OrderPolicy["taskBefore"];

  constructor(ranked: Ranked, { taskBefore }: OrderPolicy) {
    this.#ranked = ranked;
    this.#before = taskBefore;
  }

  get size(): number {
    return this.#queue.length - this.#head + this.#heap.length;
  }

  /** Sorts anew where another order is in force; that costs as much as a sort then, and nothing otherwise. */
  under({ taskBefore }: OrderPolicy): this {
    if (taskBefore === this.#before) return this;
    this.#before = taskBefore;
    const all = [...this.#queue.slice(this.#head), ...this.#heap];
    this.#heap.length = 0;
    this.#head = 0;
    this.#queue = all.sort((a, b) => (taskBefore(this.#ranked, a, b) ? -1 : taskBefore(this.#ranked, b, a) ? 1 : 0));
    return this;
  }

  peek(): number | undefined {
    return this.#headGoesFirst() ? this.#queue[this.#head] : this.#heap[0];
  }

  push(task: number): void {
    const queue = this.#queue;
    if (queue.length > this.#head && this.#before(this.#ranked, task, queue[queue.length - 1] as number)) this.#rise(task);
    else queue.push(task);
  }

  pop(): number | undefined {
    if (this.#headGoesFirst()) return this.#shift();
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last !== undefined && heap.length > 0) this.#sink(last);
    return first;
  }

  #headGoesFirst(): boolean {
    const head = this.#queue[this.#head];
    const top = this.#heap[0];
    return head !== undefined && (top === undefined || !this.#before(this.#ranked, top, head));
  }

  #shift(): number {
    const first = this.#queue[this.#head++] as number;
    // Lets go of what was taken when it is half of it: on average each is moved once.
    if (this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    return first;
  }

  #rise(task: number): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(task);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const other = heap[above] as number;
      if (!this.#before(this.#ranked, task, other)) break;
      heap[at] = other;
      at = above;
    }
    heap[at] = task;
  }

  /** Puts a task where it belongs, the top being free. */
  #sink(task: number): void {
    const heap = this.#heap;
    let at = 0;
    for (let below = 1; below < heap.length; below = 2 * at + 1) {
      if (below + 1 < heap.length && this.#before(this.#ranked, heap[below + 1] as number, heap[below] as number)) below++;
      const other = heap[below] as number;
      if (!this.#before(this.#ranked, other, task)) break;
      heap[at] = other;
      at = below;
    }
    heap[at] = task;
  }
}
