import { jsonPath, type PathSegments } from "@qmoi/config";
import { validate } from "@qmoi/config/validate";
import { QmoiError } from "@qmoi/core";
import { type ExecutionTask, type SpecificationTask, type WfInstance, wfformatSchema } from "./schema.ts";

const TASKS: PathSegments = ["workflow", "specification", "tasks"];
const FILES: PathSegments = ["workflow", "specification", "files"];
const EXECUTED: PathSegments = ["workflow", "execution", "tasks"];

const wrong = (path: PathSegments, message: string): QmoiError =>
  new QmoiError("QMOI_INVALID_WFFORMAT", `${jsonPath(path)}: ${message}.`, { path: jsonPath(path) });

/** An instance whose references all resolve. */
export interface CheckedInstance {
  readonly name: string;
  readonly schemaVersion: WfInstance["schemaVersion"];
  readonly tasks: readonly SpecificationTask[];
  /** By task id; each task has one. */
  readonly executions: ReadonlyMap<string, ExecutionTask>;
  /** Bytes by file id; undefined when the instance doesn't list files. */
  readonly fileSizes: ReadonlyMap<string, number> | undefined;
}

/** Checks what the format's own schema can't: ids are unique and known, parents and children agree, and no task needs itself. */
export const checkInstance = (json: unknown): CheckedInstance => {
  const instance: WfInstance = validate(wfformatSchema, json, { code: "QMOI_INVALID_WFFORMAT" });
  const { specification, execution } = instance.workflow;
  const indexOf = indexById(specification.tasks, TASKS);
  indexById(execution.tasks, EXECUTED);
  const executions = new Map(execution.tasks.map((task) => [task.id, task]));
  specification.tasks.forEach((task, index) => {
    if (!executions.has(task.id)) throw wrong([...TASKS, index, "id"], `"${task.id}" has no measured time in $.workflow.execution.tasks`);
  });
  execution.tasks.forEach((task, index) => {
    if (!indexOf.has(task.id)) throw wrong([...EXECUTED, index, "id"], `"${task.id}" is not a task of the specification`);
  });
  checkEdges(specification.tasks, indexOf);
  checkAcyclic(specification.tasks, indexOf);
  const fileSizes = specification.files && new Map(specification.files.map((file) => [file.id, file.sizeInBytes]));
  if (specification.files) indexById(specification.files, FILES);
  if (fileSizes) checkFiles(specification.tasks, fileSizes);
  return { name: instance.name, schemaVersion: instance.schemaVersion, tasks: specification.tasks, executions, fileSizes };
};

const indexById = (items: readonly { readonly id: string }[], path: PathSegments): Map<string, number> => {
  const indexOf = new Map<string, number>();
  items.forEach(({ id }, index) => {
    const first = indexOf.get(id);
    if (first !== undefined) throw wrong([...path, index, "id"], `"${id}" is the id of ${jsonPath([...path, first])} too`);
    indexOf.set(id, index);
  });
  return indexOf;
};

const checkEdges = (tasks: readonly SpecificationTask[], indexOf: ReadonlyMap<string, number>): void => {
  const sides = [
    ["parents", "children"],
    ["children", "parents"],
  ] as const;
  for (const [side, other] of sides) {
    const listed = tasks.map((task) => new Set(task[other]));
    tasks.forEach((task, index) => {
      task[side].forEach((id, position) => {
        const at = indexOf.get(id);
        const path = [...TASKS, index, side, position];
        if (at === undefined) throw wrong(path, `"${id}" is not a task of the specification`);
        if (!listed[at]?.has(task.id)) throw wrong(path, `"${id}" doesn't have "${task.id}" among its ${other}`);
      });
    });
  }
};

const checkFiles = (tasks: readonly SpecificationTask[], sizes: ReadonlyMap<string, number>): void => {
  tasks.forEach((task, index) => {
    for (const list of ["inputFiles", "outputFiles"] as const) {
      task[list]?.forEach((id, position) => {
        if (!sizes.has(id)) throw wrong([...TASKS, index, list, position], `"${id}" is not a file of the specification`);
      });
    }
  });
};

/** Takes away tasks whose parents are all gone (Kahn, 1962); what is left holds a cycle, which a walk along parents finds. */
const checkAcyclic = (tasks: readonly SpecificationTask[], indexOf: ReadonlyMap<string, number>): void => {
  const waiting = tasks.map((task) => new Set(task.parents).size);
  const ready = waiting.flatMap((count, index) => (count === 0 ? [index] : []));
  for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
    for (const child of new Set(tasks[next]?.children)) {
      const index = indexOf.get(child) ?? 0;
      waiting[index] = (waiting[index] ?? 0) - 1;
      if (waiting[index] === 0) ready.push(index);
    }
  }
  let at = waiting.findIndex((count) => count > 0);
  if (at < 0) return;
  const seen: number[] = [];
  while (!seen.includes(at)) {
    seen.push(at);
    const parent = tasks[at]?.parents.find((id) => (waiting[indexOf.get(id) ?? 0] ?? 0) > 0) ?? "";
    at = indexOf.get(parent) ?? 0;
  }
  const cycle = [...seen.slice(seen.indexOf(at)), at].map((index) => tasks[index]?.id).reverse();
  throw wrong([...TASKS, at, "parents"], `the tasks need each other in a cycle: ${cycle.join(" → ")}`);
};
