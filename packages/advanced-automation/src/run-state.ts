import { BIT, isTerminal } from "./bits.ts";
import { at, type Graph, type GraphTask, satisfies } from "./graph.ts";
import type { Expansion, Outcome, Retry } from "./task-record.ts";

/** Tasks a frontier part covers. */
export const PART_TASKS = 2000;

/**
 * The state of one run in memory: its bits, and what is derived from them (needs still unmet, tasks still open). Pure: no time, no I/O.
 * Every change is a method here, marks the part that holds it as dirty, and hands what it released to `released`.
 */
export class RunState {
  readonly graph: Graph;
  bits: Uint8Array;
  readonly retries: Map<number, Retry>;
  readonly expansions: Expansion[];
  /** Tasks whose needs are met since `takeReleased` was last called, gates not yet passed. */
  #released: number[] = [];
  /** Tasks that became runnable and were not taken yet. */
  #runnable: number[] = [];
  /** Needs of each task of the graph that are not satisfied yet; -1 once the task is released or out of the question. */
  readonly #unmet: Int32Array;
  readonly #left = new Map<number, { left: number; failed: number; cancelled: number }>();
  readonly dirty = new Set<number>();
  /** Told of each task that ends for good. */
  onEnd: ((task: number, outcome: Outcome) => void) | undefined;
  /** Tasks not terminal; failed ones; those that wait for a person. */
  open = 0;
  failed = 0;
  held = 0;

  constructor(graph: Graph, expansions: readonly Expansion[] = [], bits?: Uint8Array, retries?: ReadonlyMap<number, Retry>) {
    this.graph = graph;
    this.expansions = [...expansions];
    const size = this.expansions.reduce((most, e) => Math.max(most, e.offset + e.count), graph.tasks.length);
    this.bits = new Uint8Array(size);
    if (bits) this.bits.set(bits.subarray(0, size));
    this.retries = new Map(retries);
    this.#unmet = new Int32Array(graph.tasks.length);
    this.#derive();
  }

  get size(): number {
    return this.bits.length;
  }

  get parts(): number {
    return Math.max(1, Math.ceil(this.size / PART_TASKS));
  }

  bit(task: number): number {
    return this.bits[task] ?? BIT.pending;
  }

  /** The definition of a task or instance, and the instance's place in its list. */
  locate(task: number): { readonly task: GraphTask; readonly element?: number } {
    const plain = this.graph.tasks[task];
    if (plain) return { task: plain };
    const expansion = this.expansions.find((e) => task >= e.offset && task < e.offset + e.count);
    if (!expansion) throw new RangeError(`no task ${task}`);
    return { task: this.graph.tasks[expansion.template] as GraphTask, element: task - expansion.offset };
  }

  /** `name`, or `name[k]` for an instance. */
  nameOf(task: number): string {
    const { task: found, element } = this.locate(task);
    return element === undefined ? found.name : `${found.name}[${element}]`;
  }

  /** The number of `name` or `name[k]`; undefined when there is none. */
  numberOf(name: string): number | undefined {
    const plain = this.graph.indexOf.get(name);
    if (plain !== undefined) return plain;
    const match = /^(.+)\[(\d+)\]$/.exec(name);
    const template = match?.[1] === undefined ? undefined : this.graph.indexOf.get(match[1]);
    const expansion = this.expansions.find((e) => e.template === template);
    const element = Number(match?.[2]);
    return expansion && element < expansion.count ? expansion.offset + element : undefined;
  }

  /** Tasks whose needs are met and that were not taken yet: the caller passes each through `release`, `expand` or `finish`. */
  takeReleased(): number[] {
    const released = this.#released;
    this.#released = [];
    return released;
  }

  /** Tasks that became runnable since this was last called, except those put back. Some may have ended since: ask `runnable`. */
  takeRunnable(): number[] {
    const runnable = this.#runnable;
    this.#runnable = [];
    return runnable.filter((task) => this.runnable(task));
  }

  /** Its time has not come: the next `takeRunnable` gives it again. */
  putBack(task: number): void {
    this.#runnable.push(task);
  }

  /** Whether a person must decide the task. */
  isHeld(task: number): boolean {
    return this.bit(task) === BIT.held;
  }

  /** Sets back everything that ended without success; `last` gives the attempts that tasks have had. */
  redrive(last: ReadonlyMap<number, number>): void {
    for (let task = 0; task < this.size; task++) {
      const bit = this.bit(task);
      if (!isTerminal(bit) || bit === BIT.succeeded) continue;
      this.#set(task, BIT.pending);
      const attempts = last.get(task);
      if (attempts !== undefined) this.#retry(task, { next: attempts + 1, tries: 0, at: 0 });
    }
    this.#released = [];
    this.#runnable = [];
    this.#derive();
  }

  /** Whether the task can still have attempts. */
  isOpen(task: number): boolean {
    const bit = this.bit(task);
    return !isTerminal(bit) && bit !== BIT.expanded;
  }

  /**
   * Whether the task may start now as far as the run is concerned (running or not: the frontier doesn't know). Its needs count, or its
   * forEach's, whatever its bit says: of a fold that was cut off, what followed may be stored and what it followed from not.
   */
  runnable(task: number): boolean {
    const bit = this.bit(task);
    if (bit !== BIT.open && bit !== BIT.pending) return false;
    if (task >= this.graph.tasks.length) return at(this.#unmet, this.locate(task).task.index) === -1;
    return at(this.#unmet, task) === -1 && (bit === BIT.open || !this.graph.tasks[task]?.gated);
  }

  /** A gate was passed: runnable from `readyAt` (0: at once). */
  release(task: number, notBefore = 0): void {
    if (this.bit(task) !== BIT.pending) return;
    this.#set(task, BIT.open);
    this.#runnable.push(task);
    // After a redrive there were attempts before.
    if (notBefore > 0) this.#retry(task, { ...(this.retries.get(task) ?? { next: 1, tries: 0 }), at: notBefore });
  }

  /** Another attempt follows: after a failure (a try) or a void attempt (none). */
  again(task: number, retry: Retry): void {
    const bit = this.bit(task);
    if (isTerminal(bit) || bit === BIT.expanded) return;
    if (bit !== BIT.open) this.#set(task, BIT.open);
    this.#runnable.push(task);
    this.#retry(task, retry);
  }

  /** The outcome of its last attempt is unknown and must not be guessed. */
  hold(task: number, retry: Retry): void {
    if (isTerminal(this.bit(task))) return;
    this.#set(task, BIT.held);
    this.#retry(task, retry);
  }

  /** Creates a released forEach's instances. An empty list succeeds at once. */
  expand(template: number, count: number): Expansion {
    const expansion = { template, offset: this.size, count };
    const bits = new Uint8Array(this.size + count);
    bits.set(this.bits);
    this.bits = bits;
    this.open += count;
    this.expansions.push(expansion);
    if (count === 0) {
      this.finish(template, "succeeded");
      return expansion;
    }
    this.#left.set(template, { left: count, failed: 0, cancelled: 0 });
    this.#set(template, BIT.expanded);
    for (let k = 0; k < count; k++) this.#runnable.push(expansion.offset + k);
    return expansion;
  }

  /** Ends a task for good and derives what follows: children released or skipped, a forEach joined. Ended ones stay as they are. */
  finish(task: number, outcome: Outcome): void {
    const todo: [number, Outcome][] = [[task, outcome]];
    for (let next = todo.pop(); next; next = todo.pop()) {
      const [ended, result] = next;
      if (isTerminal(this.bit(ended))) continue;
      this.#set(ended, BIT[result]);
      this.retries.delete(ended);
      this.open--;
      if (result === "failed") this.failed++;
      this.onEnd?.(ended, result);
      if (ended >= this.graph.tasks.length) this.#join(ended, result, todo);
      else {
        // Only after a redrive: a forEach whose needs end otherwise this time takes its instances with it.
        const expansion = this.expansions.find((e) => e.template === ended);
        if (expansion && this.#left.delete(ended)) for (let k = 0; k < expansion.count; k++) todo.push([expansion.offset + k, result]);
        this.#tell(ended, result, todo);
      }
    }
  }

  /** Numbers of all tasks that are not terminal. */
  *unfinished(): Generator<number> {
    for (let task = 0; task < this.size; task++) if (!isTerminal(this.bit(task))) yield task;
  }

  #join(instance: number, result: Outcome, todo: [number, Outcome][]): void {
    const expansion = this.expansions.find((e) => instance >= e.offset && instance < e.offset + e.count) as Expansion;
    const join = this.#left.get(expansion.template);
    if (!join) return;
    join.left--;
    if (result === "failed") join.failed++;
    if (result === "cancelled") join.cancelled++;
    if (join.left > 0) return;
    this.#left.delete(expansion.template);
    todo.push([expansion.template, join.failed > 0 ? "failed" : join.cancelled > 0 ? "cancelled" : "succeeded"]);
  }

  #tell(ended: number, result: Outcome, todo: [number, Outcome][]): void {
    const { childrenAt, children, childrenOn } = this.graph;
    for (let c = at(childrenAt, ended); c < at(childrenAt, ended + 1); c++) {
      const child = at(children, c);
      if (isTerminal(this.bit(child))) continue;
      if (!satisfies(at(childrenOn, c), result)) {
        this.#unmet[child] = -1;
        todo.push([child, result === "cancelled" ? "cancelled" : "skipped"]);
        continue;
      }
      const unmet = at(this.#unmet, child) - 1;
      this.#unmet[child] = unmet;
      if (unmet === 0) this.#free(child);
    }
  }

  #free(task: number): void {
    this.#unmet[task] = -1;
    const expansion = this.expansions.find((e) => e.template === task);
    for (let k = 0; expansion && k < expansion.count; k++) if (this.isOpen(expansion.offset + k)) this.#runnable.push(expansion.offset + k);
    if (expansion) return;
    const bit = this.bit(task);
    if (bit === BIT.pending) this.#released.push(task);
    if (bit === BIT.open || (bit === BIT.pending && !this.graph.tasks[task]?.gated)) this.#runnable.push(task);
  }

  #set(task: number, bit: number): void {
    if (this.bits[task] === BIT.held) this.held--;
    if (bit === BIT.held) this.held++;
    this.bits[task] = bit;
    this.dirty.add(Math.floor(task / PART_TASKS));
  }

  #retry(task: number, retry: Retry): void {
    this.retries.set(task, retry);
    this.dirty.add(Math.floor(task / PART_TASKS));
  }

  /** Derives everything from the bits, and finishes what an interrupted fold left (a child not skipped, a join not made). */
  #derive(): void {
    const { graph } = this;
    this.open = this.size;
    this.failed = 0;
    this.held = 0;
    const ended: [number, Outcome][] = [];
    for (let task = 0; task < this.size; task++) {
      const bit = this.bit(task);
      if (isTerminal(bit)) this.open--;
      if (bit === BIT.failed) this.failed++;
      if (bit === BIT.held) this.held++;
      if (task >= graph.tasks.length) continue;
      let unmet = 0;
      let impossible: Outcome | undefined;
      for (let n = at(graph.needsAt, task); n < at(graph.needsAt, task + 1); n++) {
        const parent = this.bit(at(graph.needs, n));
        if (!isTerminal(parent)) unmet++;
        else if (!satisfies(at(graph.needsOn, n), OUTCOME[parent] as Outcome))
          impossible = parent === BIT.cancelled ? "cancelled" : "skipped";
      }
      this.#unmet[task] = unmet;
      if (isTerminal(bit)) continue;
      if (impossible) ended.push([task, impossible]);
      else if (unmet === 0) this.#free(task);
    }
    for (const { template, offset, count } of this.expansions) {
      if (this.bit(template) === BIT.pending) this.#set(template, BIT.expanded);
      const join = { left: 0, failed: 0, cancelled: 0 };
      for (let i = offset; i < offset + count; i++) {
        const bit = this.bit(i);
        if (!isTerminal(bit)) join.left++;
        if (bit === BIT.failed) join.failed++;
        if (bit === BIT.cancelled) join.cancelled++;
      }
      // Left by an engine that saw a need end otherwise: nobody else would end them.
      const orphaned = join.left > 0 && isTerminal(this.bit(template)) ? OUTCOME[this.bit(template)] : undefined;
      if (orphaned) for (let i = offset; i < offset + count; i++) this.finish(i, orphaned);
      else if (join.left > 0) this.#left.set(template, join);
      else this.finish(template, join.failed > 0 ? "failed" : join.cancelled > 0 ? "cancelled" : "succeeded");
    }
    for (const [task, outcome] of ended) this.finish(task, outcome);
  }
}

const OUTCOME: Readonly<Record<number, Outcome>> = { 8: "succeeded", 9: "failed", 10: "skipped", 11: "cancelled" };
