import { at, type Graph, type GraphTask } from "@qmoi/advanced-automation";
import type { TargetDefinition } from "@qmoi/config";
import { type Json, sha256 } from "@qmoi/core";
import type { TaskFeatures } from "@qmoi/forecast";

/** What changes from one attempt to the next. */
export interface Moment {
  readonly attempt?: number;
  /** When it starts or can start, in ms. */
  readonly startsAt?: number;
  /** How much longer its parents took than forecast. */
  readonly parentRatio?: number;
  /** What the instance of a `forEach` is for. */
  readonly item?: Json | undefined;
}

/** Longer items are told apart by their hash. */
const LONGEST_ITEM = 100;

/** What a task works on: tasks that share a type do the same to different data, each of them again to its own. */
export const subjectOf = (graph: Graph, { def }: GraphTask, item?: Json): string => {
  const name = `${graph.workflow.name}/${def.name}`;
  if (item === undefined) return name;
  const text = JSON.stringify(item);
  return `${name}[${text.length > LONGEST_ITEM ? sha256(text) : text}]`;
};

/** What is known of a task before it starts, from its definition. */
export const featuresOf = (graph: Graph, task: GraphTask, { item, ...moment }: Moment = {}): TaskFeatures => {
  const { def, index, type } = task;
  const { resources, inputBytes } = def;
  const program = programOf(def.target);
  const declared = def.estimate ?? (def.target.type === "wait" ? def.target.seconds : undefined);
  return {
    type,
    workflow: graph.workflow.name,
    subject: subjectOf(graph, task, item),
    ...(program === undefined ? {} : { program }),
    ...(inputBytes === undefined ? {} : { inputBytes }),
    fanIn: at(graph.needsAt, index + 1) - at(graph.needsAt, index),
    fanOut: at(graph.childrenAt, index + 1) - at(graph.childrenAt, index),
    depth: at(depthsOf(graph), index),
    ...(resources?.cpu === undefined ? {} : { cpus: resources.cpu }),
    ...(resources?.memory === undefined ? {} : { memoryBytes: resources.memory }),
    ...(declared === undefined ? {} : { declaredSeconds: declared }),
    // What runs it is the class of machine that is known.
    machine: def.target.type,
    attempt: 1,
    ...moment,
  };
};

/** What a target runs, by a name that other workflows share; templates are no names. */
const programOf = (target: TargetDefinition): string | undefined => {
  const name = nameOf(target);
  return name === undefined || name.includes("${{") ? undefined : `${target.type}:${name.split("/").at(-1)}`;
};

const nameOf = (target: TargetDefinition): string | undefined => {
  switch (target.type) {
    case "process":
      return target.command;
    case "function":
      return `${target.module}#${target.export ?? "default"}`;
    case "binding":
      return target.name;
    case "http":
    case "wait":
      return undefined;
    default:
      return target.resource;
  }
};

const depths = new WeakMap<Graph, Int32Array>();

/** The longest way from a root, by task. */
const depthsOf = (graph: Graph): Int32Array => {
  let known = depths.get(graph);
  if (!known) {
    known = findDepths(graph);
    depths.set(graph, known);
  }
  return known;
};

const findDepths = ({ tasks, needsAt, childrenAt, children }: Graph): Int32Array => {
  const found = new Int32Array(tasks.length);
  const missing = Int32Array.from(tasks, (_, task) => at(needsAt, task + 1) - at(needsAt, task));
  const queue = [...tasks.keys()].filter((task) => missing[task] === 0);
  for (const task of queue) {
    for (let c = at(childrenAt, task); c < at(childrenAt, task + 1); c++) {
      const child = at(children, c);
      found[child] = Math.max(at(found, child), at(found, task) + 1);
      missing[child] = at(missing, child) - 1;
      if (missing[child] === 0) queue.push(child);
    }
  }
  return found;
};
