import type { TaskDefinition, Workflow } from "@qmoi/config";
import { QmoiError } from "@qmoi/core";
import type { Outcome } from "./task-record.ts";

export const ON = { success: 0, failure: 1, always: 2 } as const;

/** Whether a need of this kind is met by a task that ended so. */
export const satisfies = (on: number, outcome: Outcome): boolean =>
  on === ON.always ? outcome !== "cancelled" : on === ON.success ? outcome === "succeeded" : outcome === "failed";

/** A task of a definition, with what the engine looks up often. */
export interface GraphTask {
  readonly index: number;
  readonly name: string;
  /** Statistics are kept per type: the task's own, else `workflow/task`. */
  readonly type: string;
  /** Pool's key: `workflow/pool` for one that the workflow brings. */
  readonly pool: string;
  readonly slots: number;
  readonly priority: number;
  /** Something must be evaluated between "needs met" and "runnable". */
  readonly gated: boolean;
  readonly def: TaskDefinition;
}

/**
 * A compiled definition: needs and children as compressed rows (task i's needs are `needs[needsAt[i] .. needsAt[i+1])`).
 * `rank` is the upward rank in seconds: the longest estimated path from the task's start to the end of the workflow
 * (Topcuoglu, Hariri, Wu: HEFT, 2002, without communication).
 */
export interface Graph {
  readonly workflow: Workflow;
  readonly version: string;
  readonly tasks: readonly GraphTask[];
  readonly indexOf: ReadonlyMap<string, number>;
  readonly needsAt: Int32Array;
  readonly needs: Int32Array;
  readonly needsOn: Uint8Array;
  readonly childrenAt: Int32Array;
  readonly children: Int32Array;
  readonly childrenOn: Uint8Array;
  readonly rank: Float64Array;
}

const DEFAULT_ESTIMATE = 1;

/** Seconds that a task's author expects it to take; of a wait its length. */
export const estimateOf = (task: TaskDefinition): number =>
  task.estimate ?? (task.target.type === "wait" && task.target.seconds !== undefined ? task.target.seconds : DEFAULT_ESTIMATE);

/** Numbers of the tasks that a task of the definition needs. */
export const needsOf = ({ needs, needsAt }: Pick<Graph, "needs" | "needsAt">, task: number): number[] =>
  Array.from(needs.subarray(at(needsAt, task), at(needsAt, task + 1)));

/** Task numbers in an order in which needs come first. Errors: QMOI_TASK_CYCLE (definitions are checked before; this is the net). */
const topologicalOrder = (size: number, needsAt: Int32Array, childrenAt: Int32Array, children: Int32Array): Int32Array => {
  const order = new Int32Array(size);
  const missing = new Int32Array(size);
  let end = 0;
  for (let i = 0; i < size; i++) {
    missing[i] = at(needsAt, i + 1) - at(needsAt, i);
    if (missing[i] === 0) order[end++] = i;
  }
  for (let head = 0; head < end; head++) {
    const task = at(order, head);
    for (let c = at(childrenAt, task); c < at(childrenAt, task + 1); c++) {
      const child = at(children, c);
      missing[child] = at(missing, child) - 1;
      if (missing[child] === 0) order[end++] = child;
    }
  }
  if (end < size) throw new QmoiError("QMOI_TASK_CYCLE", "The tasks need each other in a cycle.");
  return order;
};

/** Typed arrays are dense: the index is within bounds by construction. */
export const at = (array: Int32Array | Uint8Array | Float64Array, index: number): number => array[index] as number;

/** Compiles a checked workflow. `version` is the hash of its content. Linear in tasks and needs. */
export const compile = (workflow: Workflow, version: string): Graph => {
  const size = workflow.tasks.length;
  const indexOf = new Map(workflow.tasks.map((task, index) => [task.name, index]));
  const needsAt = new Int32Array(size + 1);
  const childrenAt = new Int32Array(size + 1);
  const edges: [child: number, parent: number, on: number][] = [];
  workflow.tasks.forEach((task, child) => {
    for (const need of task.needs ?? []) {
      const { task: name, on } = typeof need === "string" ? { task: need, on: "success" as const } : need;
      const parent = indexOf.get(name);
      if (parent === undefined) throw new QmoiError("QMOI_TASK_UNKNOWN_NEED", `Task "${task.name}" needs "${name}", which does not exist.`);
      edges.push([child, parent, ON[on]]);
      childrenAt[parent + 1] = at(childrenAt, parent + 1) + 1;
    }
    needsAt[child + 1] = edges.length;
  });
  for (let i = 0; i < size; i++) childrenAt[i + 1] = at(childrenAt, i + 1) + at(childrenAt, i);
  const needs = new Int32Array(edges.length);
  const needsOn = new Uint8Array(edges.length);
  const children = new Int32Array(edges.length);
  const childrenOn = new Uint8Array(edges.length);
  const fill = childrenAt.slice();
  edges.forEach(([child, parent, on], e) => {
    needs[e] = parent;
    needsOn[e] = on;
    const slot = at(fill, parent);
    fill[parent] = slot + 1;
    children[slot] = child;
    childrenOn[slot] = on;
  });
  const order = topologicalOrder(size, needsAt, childrenAt, children);
  const rank = new Float64Array(size);
  for (let k = size - 1; k >= 0; k--) {
    const task = at(order, k);
    let longest = 0;
    for (let c = at(childrenAt, task); c < at(childrenAt, task + 1); c++) longest = Math.max(longest, at(rank, at(children, c)));
    rank[task] = longest + estimateOf(workflow.tasks[task] as TaskDefinition);
  }
  return {
    workflow,
    version,
    tasks: workflow.tasks.map((def, index) => graphTask(workflow, def, index)),
    indexOf,
    needsAt,
    needs,
    needsOn,
    childrenAt,
    children,
    childrenOn,
    rank,
  };
};

const graphTask = (workflow: Workflow, def: TaskDefinition, index: number): GraphTask => {
  const pool = def.resources?.pool ?? "default";
  return {
    index,
    name: def.name,
    type: def.type ?? `${workflow.name}/${def.name}`,
    pool: Object.hasOwn(workflow.pools ?? {}, pool) ? `${workflow.name}/${pool}` : pool,
    slots: def.resources?.slots ?? 1,
    priority: def.priority ?? 5,
    gated: def.when !== undefined || def.forEach !== undefined || (def.notBefore ?? 0) > 0,
    def,
  };
};
