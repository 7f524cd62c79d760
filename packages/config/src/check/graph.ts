import { nearest } from "../nearest.ts";
import { needOf } from "../need.ts";
import type { Problems } from "../problems.ts";
import type { Workflow } from "../workflow.ts";

/**
 * Tasks by number and what they need, as compressed rows: task i's needs are `needs[rows[i] .. rows[i + 1])`. `level` is the number of
 * needs on the longest way to a task without any.
 */
export interface TaskGraph {
  readonly indexOf: ReadonlyMap<string, number>;
  readonly rows: Int32Array;
  readonly needs: Int32Array;
  readonly onSuccess: Uint8Array;
  readonly level: Int32Array;
}

/**
 * Checks names and needs: duplicates, unknown names, cycles. Undefined when there is no graph to go on with. Linear in tasks and needs
 * (topological order: Kahn, "Topological sorting of large networks", 1962).
 */
export const checkGraph = (workflow: Workflow, problems: Problems): TaskGraph | undefined => {
  const indexOf = indexNames(workflow, problems);
  const edges = readNeeds(workflow, indexOf, problems);
  if (problems.count > 0) return undefined;
  const { level, missing } = sort(edges);
  const start = missing.findIndex((count) => count > 0);
  if (start < 0) return { indexOf, ...edges, level };
  reportCycle(workflow, edges, { missing, start }, problems);
  return undefined;
};

const indexNames = (workflow: Workflow, problems: Problems): ReadonlyMap<string, number> => {
  const indexOf = new Map<string, number>();
  workflow.tasks.forEach(({ name }, index) => {
    const first = indexOf.get(name);
    if (first === undefined) indexOf.set(name, index);
    else problems.add("QMOI_TASK_DUPLICATE", ["tasks", index, "name"], `the name "${name}" is taken by task ${first + 1}`, { found: name });
  });
  return indexOf;
};

type Edges = Pick<TaskGraph, "rows" | "needs" | "onSuccess">;

const readNeeds = (workflow: Workflow, indexOf: ReadonlyMap<string, number>, problems: Problems): Edges => {
  const rows = new Int32Array(workflow.tasks.length + 1);
  const needs: number[] = [];
  const onSuccess: number[] = [];
  workflow.tasks.forEach((task, index) => {
    const seen = new Set<string>();
    (task.needs ?? []).map(needOf).forEach((need, position) => {
      const path = ["tasks", index, "needs", position];
      const parent = indexOf.get(need.task);
      if (parent === undefined) {
        const suggestion = nearest(need.task, indexOf.keys());
        const hint = suggestion === undefined ? "" : `; did you mean "${suggestion}"?`;
        problems.add("QMOI_TASK_UNKNOWN_NEED", path, `task "${task.name}" needs "${need.task}", which does not exist${hint}`, {
          found: need.task,
          ...(suggestion === undefined ? {} : { suggestion }),
        });
        return;
      }
      if (seen.has(need.task))
        problems.add("QMOI_INVALID_WORKFLOW", path, `task "${task.name}" needs "${need.task}" twice; use "always" for either outcome`);
      seen.add(need.task);
      needs.push(parent);
      onSuccess.push(need.on === "success" ? 1 : 0);
    });
    rows[index + 1] = needs.length;
  });
  return { rows, needs: Int32Array.from(needs), onSuccess: Uint8Array.from(onSuccess) };
};

/** Each task's level, and how many of its needs come never: more than none for what lies in or behind a cycle. */
const sort = ({ rows, needs }: Edges): { readonly level: Int32Array; readonly missing: Int32Array } => {
  const size = rows.length - 1;
  const children = reverse(rows, needs);
  const level = new Int32Array(size);
  const missing = Int32Array.from({ length: size }, (_, task) => at(rows, task + 1) - at(rows, task));
  const free: number[] = [];
  for (let task = 0; task < size; task++) if (missing[task] === 0) free.push(task);
  for (let task = free.pop(); task !== undefined; task = free.pop()) {
    for (let edge = at(children.rows, task); edge < at(children.rows, task + 1); edge++) {
      const child = at(children.to, edge);
      level[child] = Math.max(at(level, child), at(level, task) + 1);
      missing[child] = at(missing, child) - 1;
      if (missing[child] === 0) free.push(child);
    }
  }
  return { level, missing };
};

/** The same edges, grouped by the other end. */
const reverse = (rows: Int32Array, needs: Int32Array): { rows: Int32Array; to: Int32Array } => {
  const starts = new Int32Array(rows.length);
  for (const parent of needs) starts[parent + 1] = at(starts, parent + 1) + 1;
  for (let i = 1; i < starts.length; i++) starts[i] = at(starts, i) + at(starts, i - 1);
  const next = starts.slice();
  const to = new Int32Array(needs.length);
  for (let task = 0; task < rows.length - 1; task++) {
    for (let edge = at(rows, task); edge < at(rows, task + 1); edge++) {
      const parent = at(needs, edge);
      to[at(next, parent)] = task;
      next[parent] = at(next, parent) + 1;
    }
  }
  return { rows: starts, to };
};

/** A task that waits for itself is found by going from need to need among those that wait for ever, until one comes again. */
const reportCycle = (
  workflow: Workflow,
  edges: Edges,
  from: { readonly missing: Int32Array; readonly start: number },
  problems: Problems,
): void => {
  const place = new Map<number, number>();
  const way: number[] = [];
  let task = from.start;
  while (!place.has(task)) {
    place.set(task, way.length);
    way.push(task);
    const needs = edges.needs.subarray(at(edges.rows, task), at(edges.rows, task + 1));
    task = needs.find((need) => at(from.missing, need) > 0) as number;
  }
  const cycle = [...way.slice(place.get(task)), task].map((index) => workflow.tasks[index]?.name ?? "");
  const position = (workflow.tasks[task]?.needs ?? []).findIndex((need) => needOf(need).task === cycle[1]);
  const shown = cycle.length > 12 ? [...cycle.slice(0, 6), "…", ...cycle.slice(-5)] : cycle;
  problems.add("QMOI_TASK_CYCLE", ["tasks", task, "needs", position], `tasks need each other in a cycle: ${shown.join(" → ")}`, {
    data: { cycle },
  });
};

/** Typed arrays are dense: the index is within bounds by construction. */
export const at = (array: Int32Array | Uint8Array, index: number): number => array[index] as number;
