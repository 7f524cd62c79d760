import { downstreamWeights, sizeOf, type TaskGraph, upstreamWeights, upwardRanks } from "./task-graph.ts";

/** What a workflow's graph and declarations say of the order of its tasks, by task number; all its runs share it. */
export class WorkflowRanks {
  readonly graph: TaskGraph;
  /** 1 (last) to 10 (first). */
  readonly priorities: ArrayLike<number>;
  /** Upward rank in seconds by declared estimates. */
  readonly declared: Float64Array;
  #downstream: Float64Array | undefined;
  #upstream: Float64Array | undefined;

  /** Tasks have the usual priority where `priorities` is absent, and are estimated at a second each where `declared` ranks are. */
  constructor(
    graph: TaskGraph,
    { priorities, declared }: { readonly priorities?: ArrayLike<number>; readonly declared?: Float64Array } = {},
  ) {
    const size = sizeOf(graph);
    this.graph = graph;
    this.priorities = priorities ?? new Float64Array(size).fill(5);
    this.declared = declared ?? upwardRanks(graph, new Float64Array(size).fill(1));
  }

  /** Priorities of each task and all that depend on it, added up; computed on first use, since few policies look at it. */
  get downstream(): Float64Array {
    this.#downstream ??= downstreamWeights(this.graph, this.priorities);
    return this.#downstream;
  }

  /** The same of each task and all that it depends on. */
  get upstream(): Float64Array {
    this.#upstream ??= upstreamWeights(this.graph, this.priorities);
    return this.#upstream;
  }
}
