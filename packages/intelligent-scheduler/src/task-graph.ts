/**
 * Which tasks need which, as compressed rows: task i's needs are `needs[needsAt[i] .. needsAt[i+1])`, its children likewise. A compiled
 * workflow is one.
 */
export interface TaskGraph {
  readonly needsAt: Int32Array;
  readonly needs: Int32Array;
  readonly childrenAt: Int32Array;
  readonly children: Int32Array;
}

export const sizeOf = (graph: TaskGraph): number => graph.needsAt.length - 1;

/** A graph of the needs of each task, by number. */
export const graphOf = (needsOfTasks: readonly (readonly number[])[]): TaskGraph => {
  const size = needsOfTasks.length;
  const needsAt = new Int32Array(size + 1);
  const childrenAt = new Int32Array(size + 1);
  needsOfTasks.forEach((needs, task) => {
    needsAt[task + 1] = (needsAt[task] as number) + needs.length;
    for (const need of needs) childrenAt[need + 1] = (childrenAt[need + 1] as number) + 1;
  });
  for (let i = 0; i < size; i++) childrenAt[i + 1] = (childrenAt[i + 1] as number) + (childrenAt[i] as number);
  const needs = Int32Array.from(needsOfTasks.flat());
  const children = new Int32Array(needs.length);
  const next = childrenAt.slice();
  needsOfTasks.forEach((each, task) => {
    for (const need of each) children[(next[need] as number)++] = task;
  });
  return { needsAt, needs, childrenAt, children };
};

/** Task numbers with needs first. A graph with a cycle gives fewer than it has tasks. */
export const topologicalOrder = (graph: TaskGraph): Int32Array => {
  const { needsAt, childrenAt, children } = graph;
  const size = sizeOf(graph);
  const order = new Int32Array(size);
  const missing = new Int32Array(size);
  let end = 0;
  for (let task = 0; task < size; task++) {
    missing[task] = (needsAt[task + 1] as number) - (needsAt[task] as number);
    if (missing[task] === 0) order[end++] = task;
  }
  for (let head = 0; head < end; head++) {
    const task = order[head] as number;
    for (let c = childrenAt[task] as number; c < (childrenAt[task + 1] as number); c++) {
      const child = children[c] as number;
      missing[child] = (missing[child] as number) - 1;
      if (missing[child] === 0) order[end++] = child;
    }
  }
  return order.subarray(0, end);
};

/** The longest way from each task's start to the end of the graph, when task i takes `seconds[i]`: its upward rank. Linear. */
export const upwardRanks = (graph: TaskGraph, seconds: Float64Array, order: Int32Array = topologicalOrder(graph)): Float64Array => {
  const { childrenAt, children } = graph;
  const ranks = new Float64Array(sizeOf(graph));
  for (let k = order.length - 1; k >= 0; k--) {
    const task = order[k] as number;
    let longest = 0;
    for (let c = childrenAt[task] as number; c < (childrenAt[task + 1] as number); c++) {
      longest = Math.max(longest, ranks[children[c] as number] as number);
    }
    ranks[task] = longest + (seconds[task] as number);
  }
  return ranks;
};

/**
 * What each task and all that lie behind it weigh together, each counted once. 31 tasks at a time are marked through the graph, so it takes
 * tasks × needs / 31 steps and little memory.
 */
export const downstreamWeights = (graph: TaskGraph, weights: ArrayLike<number>): Float64Array =>
  reachableWeights(topologicalOrder(graph).reverse(), graph.childrenAt, graph.children, weights);

/** The same for what lies before each task. */
export const upstreamWeights = (graph: TaskGraph, weights: ArrayLike<number>): Float64Array =>
  reachableWeights(topologicalOrder(graph), graph.needsAt, graph.needs, weights);

/** Bits of one mark; with 32 the marks would be signed. */
const MARKS = 31;

/** `order`: whatever a task reaches directly comes before it. */
const reachableWeights = (order: Int32Array, rowAt: Int32Array, row: Int32Array, weights: ArrayLike<number>): Float64Array => {
  const sums = new Float64Array(order.length);
  const marks = new Int32Array(order.length);
  for (let first = 0; first < order.length; first += MARKS) {
    for (const task of order) {
      let mark = task >= first && task < first + MARKS ? 1 << (task - first) : 0;
      for (let e = rowAt[task] as number; e < (rowAt[task + 1] as number); e++) mark |= marks[row[e] as number] as number;
      marks[task] = mark;
      for (let bits = mark; bits !== 0; bits &= bits - 1) {
        sums[task] = (sums[task] as number) + (weights[first + 31 - Math.clz32(bits & -bits)] as number);
      }
    }
  }
  return sums;
};
