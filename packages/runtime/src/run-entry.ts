import type { Graph, GraphTask } from "@qmoi/advanced-automation";
import { BIT, isTerminal, PART_TASKS, packBits, type Retry, RunState, unpackBits } from "@qmoi/advanced-automation";
import type { Json } from "@qmoi/core";
import { type Demand, type OrderPolicy, type Ranked, RemainingWork, TaskHeap } from "@qmoi/intelligent-scheduler";
import { firstIn } from "@qmoi/master-automation";
import { InstanceFactors } from "./instance-factors.ts";
import type { AttemptItem, HeaderItem, PartItem, RetryMap } from "./items.ts";
import type { PredictedWorkflow } from "./order.ts";

/** An attempt that ended, as the fold takes it. */
export interface Ending {
  readonly task: number;
  readonly attempt: number;
  readonly item: AttemptItem;
}

/** How many times as long as others of its forEach the instance for each item is predicted to take; undefined where nothing tells them apart. */
export type FactorsOf = (graph: Graph, task: GraphTask, items: readonly Json[]) => Float64Array | undefined;

const readRetries = (map: RetryMap | undefined, into: Map<number, Retry>): void => {
  for (const [task, [next, tries, at]] of Object.entries(map ?? {})) into.set(Number(task), { next, tries, at });
};

export const writeRetries = (state: RunState, from: number, to: number): RetryMap | undefined => {
  let map: Record<string, readonly [number, number, number]> | undefined;
  for (const [task, { next, tries, at }] of state.retries) {
    if (task < from || task >= to) continue;
    map ??= {};
    map[String(task)] = [next, tries, at];
  }
  return map;
};

/** One active run in memory: what is stored, what is derived from it, and who works on it. */
export class RunEntry {
  readonly run: string;
  readonly graph: Graph;
  header: HeaderItem;
  readonly state: RunState;
  readonly parts: Map<number, PartItem>;
  readonly inputs: Json;
  /** forEach lists by template. */
  readonly lists: Map<number, readonly Json[]>;
  /** Ended attempts not folded yet. */
  endings: Ending[] = [];
  /** Serializes everything that writes the run. */
  busy: Promise<unknown> = Promise.resolve();
  foldQueued = false;
  /** forEach expansions not written yet, as the header keeps them. */
  expanded: (readonly [number, number, number, string])[] = [];
  /** Read from the store, so grants and attempts of a former life may exist. */
  readonly recovered: boolean;
  /** Set when what is in memory may be older than what is stored: never written again. */
  dead = false;
  /** Version of the header that this process has stored or is storing. */
  writing: number;
  /** When each runnable task became so (ms). */
  readonly readyAt = new Map<number, number>();
  /** Granted, or being granted. */
  readonly inflight = new Set<number>();
  /** Attempts that ended for want of memory, by task, as far as this process was told: each doubles what is reserved. */
  readonly outOfMemory = new Map<number, number>();
  /** Runnable and not in flight, by pool. */
  readonly ready = new Map<string, TaskHeap>();
  /** The attempt for which each task stands there. While a fold is under way, the state knows of attempts that the store doesn't. */
  readonly offered = new Map<number, number>();
  cancelTimer: (() => void) | undefined;
  /** When the next of its tasks becomes runnable by time alone (ms). */
  wakeAt = Number.POSITIVE_INFINITY;
  /** Number of the last fold: counts on over all items of the run, so that what a fold follows from has a lower number. */
  fold: number;
  /** What the order of work looks at; there once the run is predicted. */
  demand!: Demand;
  ranked!: Ranked;
  /** What was predicted of it, and what it has left to do; absent where nobody orders it. */
  predicted: PredictedWorkflow | undefined;
  work: RemainingWork | undefined;
  /** What tells instances of a forEach apart. */
  readonly instances = new InstanceFactors();
  #factorsOf: FactorsOf | undefined;

  constructor(
    header: HeaderItem,
    graph: Graph,
    inputs: Json,
    lists: Map<number, readonly Json[]>,
    parts: Map<number, PartItem>,
    recovered = true,
  ) {
    this.run = header.pk.slice(2);
    this.header = header;
    this.writing = header.v;
    this.graph = graph;
    this.inputs = inputs;
    this.lists = lists;
    this.parts = parts;
    this.recovered = recovered;
    this.fold = Math.max(header.v, ...[...parts.values()].map((part) => part.fn));
    const bits = new Uint8Array(header.n);
    const retries = new Map<number, Retry>();
    if (header.small) {
      unpackBits(header.b ?? "", bits, 0, header.n);
      readRetries(header.x, retries);
    }
    for (const [part, item] of parts) {
      unpackBits(item.b, bits, part * PART_TASKS, Math.min(header.n, (part + 1) * PART_TASKS));
      readRetries(item.x, retries);
    }
    this.state = new RunState(
      graph,
      (header.exp ?? []).map(([template, offset, count]) => ({ template, offset, count })),
      bits,
      retries,
    );
  }

  /** Gives the run its place in the order of work, before it may stand in one. Tasks that have ended are taken out by `recall`. */
  predict(predicted: PredictedWorkflow, factorsOf?: FactorsOf): void {
    const { graph, header, state, instances } = this;
    const { work, ranks, byRank } = predicted;
    this.predicted = predicted;
    const deadline = graph.workflow.deadline;
    const deadlines = graph.tasks.some((task) => task.def.deadline !== undefined);
    const numberIn = (task: number): number => (task < graph.tasks.length ? task : state.locate(task).task.index);
    const by = (values: ArrayLike<number>) => (task: number) => values[numberIn(task)] as number;
    this.work = new RemainingWork(work);
    this.demand = {
      run: this.run,
      workflow: header.wf,
      priority: header.pr,
      createdAt: header.ca,
      ...(deadline === undefined ? {} : { deadlineAt: header.ca + deadline * 1000 }),
      work: this.work,
    };
    this.#factorsOf = factorsOf;
    const longer = (task: number): number => (instances.factor(task) - 1) * (work.seconds[numberIn(task)] as number);
    this.ranked = {
      byRank,
      priority: by(ranks.priorities),
      rank: by(ranks.declared),
      forecastRank: (task) => (work.rank[numberIn(task)] as number) + (instances.any ? longer(task) : 0),
      get instances() {
        return instances.any ? instances : undefined;
      },
      readyAt: (task) => this.readyAt.get(task) ?? header.sa,
      firstOf: (task) => this.work?.firstOf(numberIn(task)),
      downstream: (task) => ranks.downstream[numberIn(task)] as number,
      upstream: (task) => ranks.upstream[numberIn(task)] as number,
      ...(deadlines ? { deadline: (task: number) => state.locate(task).task.def.deadline ?? Number.POSITIVE_INFINITY } : {}),
    };
    for (const { template, offset, count } of state.expansions) this.#expect(template, offset, count);
    state.onEnd = (task, outcome) => {
      // A forEach is counted by its instances.
      if (outcome !== "succeeded" && !state.expansions.some(({ template }) => template === task))
        this.work?.dropped(numberIn(task), instances.factor(task));
    };
  }

  /** A forEach has become so many tasks, one for each element. */
  expand(template: number, list: readonly Json[], blob: string, readyAt: number): void {
    const { offset, count } = this.state.expand(template, list.length);
    this.lists.set(template, list);
    this.#expect(template, offset, count);
    this.expanded.push([template, offset, count, blob]);
    for (let k = 0; k < count; k++) this.readyAt.set(offset + k, readyAt);
  }

  /** Predicts the instances of a forEach, before any of them may stand in the order of work. */
  #expect(template: number, offset: number, count: number): void {
    const factors = this.#factorsOf?.(this.graph, this.graph.tasks[template] as GraphTask, this.lists.get(template) ?? []);
    if (factors) this.instances.add(offset, factors);
    this.work?.expanded(template, factors?.reduce((sum, factor) => sum + factor, 0) ?? count);
  }

  /** An attempt is granted, or being granted, since `since` (ms). Says whether that changes the run's place in the order. */
  begin(task: number, since: number): boolean {
    this.inflight.add(task);
    return this.work?.started(this.state.locate(task).task.index, since, this.instances.factor(task)) ?? false;
  }

  /** The attempt has ended, or was not granted after all. */
  leave(task: number): void {
    if (this.inflight.delete(task)) this.work?.stopped(this.state.locate(task).task.index);
  }

  /** A task has succeeded after so many seconds. Says whether it is the first of its kind in this run. */
  took(task: number, seconds: number): boolean {
    return this.work?.ended(this.state.locate(task).task.index, seconds, this.instances.factor(task)) ?? false;
  }

  /** Takes out of the run's work what had ended before it came into memory. `seconds`: what successes took, as far as known. */
  recall(seconds: ReadonlyMap<number, number>): void {
    const { state } = this;
    for (let task = 0; task < state.size; task++) {
      if (!isTerminal(state.bit(task)) || state.expansions.some(({ template }) => template === task)) continue;
      const took = state.bit(task) === BIT.succeeded ? seconds.get(task) : undefined;
      if (took === undefined) this.work?.dropped(state.locate(task).task.index, this.instances.factor(task));
      else this.took(task, took);
    }
  }

  /** What an instance of a forEach is for; undefined for any other task. */
  itemOf(task: number): Json | undefined {
    const { task: found, element } = this.state.locate(task);
    return element === undefined ? undefined : this.lists.get(found.index)?.[element];
  }

  /** Elements of a forEach; empty before it was expanded. */
  readonly list = async (template: number): Promise<readonly Json[]> => this.lists.get(template) ?? [];

  get active(): boolean {
    return !this.dead && this.header.st === "running";
  }

  /** Puts a runnable task where the dispatcher finds it, for one attempt; once, however often it is told. */
  makeReady(task: number, attempt: number, readyAt: number, policy: OrderPolicy): string {
    const { pool } = this.state.locate(task).task;
    if (!this.readyAt.has(task)) this.readyAt.set(task, Math.max(readyAt, this.header.sa));
    const stands = this.offered.has(task);
    this.offered.set(task, attempt);
    if (stands) return pool;
    let heap = this.ready.get(pool);
    if (!heap) {
      heap = new TaskHeap(this.ranked, policy);
      this.ready.set(pool, heap);
    }
    heap.under(policy).push(task);
    return pool;
  }

  /** Whether what was offered of the task may start: that attempt has not ended, here or elsewhere. */
  mayStart(task: number): boolean {
    return this.offered.get(task) === this.retryOf(task).next && !this.inflight.has(task) && this.state.runnable(task);
  }

  /** Key of the task's next attempt, as grants name it. */
  nextGrantKey(task: number): string {
    return `${this.run}/${task}/${this.retryOf(task).next}`;
  }

  /** The next attempt's number and what came before. */
  retryOf(task: number): Retry {
    return this.state.retries.get(task) ?? { next: 1, tries: 0, at: 0 };
  }

  /** Frontier fields of the header, for a run that keeps them there. */
  inlineFrontier(): Pick<HeaderItem, "b" | "x"> {
    const x = writeRetries(this.state, 0, this.state.size);
    return { b: packBits(this.state.bits, 0, this.state.size), ...(x ? { x } : {}) };
  }

  partItem(part: number, fold: number): PartItem {
    const [from, to] = [part * PART_TASKS, Math.min(this.state.size, (part + 1) * PART_TASKS)];
    const x = writeRetries(this.state, from, to);
    // Never below the header's generation: what is older than the last restore counts as not there.
    const v = Math.max((this.parts.get(part)?.v ?? 0) + 1, firstIn(this.header));
    return { ...partKey(this.run, part), v, fn: fold, b: packBits(this.state.bits, from, to), ...(x ? { x } : {}) };
  }
}

const partKey = (run: string, part: number): { pk: string; sk: string } => ({ pk: `R#${run}`, sk: `F#${String(part).padStart(5, "0")}` });
