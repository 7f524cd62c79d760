import { ValidationError } from "@qmoi/core";
import type { TaskRecord } from "./task-features.ts";

/** The parts of a WfFormat 1.5 or 1.6 instance (github.com/wfcommons/WfFormat) that records are made of. */
interface Instance {
  readonly name?: string;
  readonly workflow: {
    readonly specification: { readonly tasks: readonly SpecifiedTask[]; readonly files?: readonly { id: string; sizeInBytes?: number }[] };
    readonly execution?: { readonly tasks?: readonly ExecutedTask[]; readonly machines?: readonly Machine[] };
  };
}
interface SpecifiedTask {
  readonly id: string;
  readonly name?: string;
  readonly parents?: readonly string[];
  readonly children?: readonly string[];
  readonly inputFiles?: readonly string[];
  readonly outputFiles?: readonly string[];
}
interface ExecutedTask {
  readonly id: string;
  readonly runtimeInSeconds?: number;
  readonly memoryInBytes?: number;
  readonly coreCount?: number;
  readonly machines?: readonly string[];
  readonly command?: { readonly program?: string };
}
interface Machine {
  readonly nodeName?: string;
  readonly memoryInBytes?: number;
  readonly cpu?: { readonly coreCount?: number };
}

/**
 * The tasks of an executed workflow as records, in the order of the specification; tasks without a run time are left out.
 * @param run what to call this execution
 * @throws ValidationError QMOI_INVALID_WFFORMAT
 */
export const wfformatRecords = (document: unknown, run: string): TaskRecord[] => {
  const { name = run, workflow } = checked(document, run);
  const tasks = workflow.specification.tasks;
  const executed = new Map((workflow.execution?.tasks ?? []).map((task) => [task.id, task]));
  const machines = new Map((workflow.execution?.machines ?? []).map((machine) => [machine.nodeName, machine]));
  const sizes = new Map((workflow.specification.files ?? []).map((file) => [file.id, file.sizeInBytes ?? 0]));
  const depths = depthsOf(tasks);
  return tasks.flatMap((task) => {
    const execution = executed.get(task.id);
    if (execution?.runtimeInSeconds === undefined) return [];
    const { type, program } = whatItIs(task.name ?? task.id, execution.command?.program);
    const machine = machines.get(execution.machines?.[0]);
    return [
      {
        type,
        program,
        workflow: stem(name),
        ...(task.inputFiles?.length ? { subject: [...task.inputFiles].sort().join("\n") } : {}),
        inputBytes: (task.inputFiles ?? []).reduce((sum, file) => sum + (sizes.get(file) ?? 0), 0),
        inputs: task.inputFiles?.length ?? 0,
        outputs: task.outputFiles?.length ?? 0,
        fanIn: task.parents?.length ?? 0,
        fanOut: task.children?.length ?? 0,
        depth: depths.get(task.id) ?? 0,
        ...(execution.coreCount === undefined ? {} : { cpus: execution.coreCount }),
        ...(machine ? { machine: `${machine.cpu?.coreCount} cores, ${machine.memoryInBytes} bytes` } : {}),
        seconds: execution.runtimeInSeconds,
        ...(execution.memoryInBytes === undefined ? {} : { peakMemoryBytes: execution.memoryInBytes }),
        run,
      },
    ];
  });
};

/** Names of tasks end in what tells them apart; a program that is a whole script is no name, a path of modules ends in one. */
const whatItIs = (name: string, command: string | undefined): { type: string; program: string } => {
  const plain = command !== undefined && /^[\w.+-]{1,60}$/.test(command);
  const type = plain ? command : stem(name);
  return { type, program: type.split(/[.:]/).at(-1) as string };
};

/** A name without the numbers and times at its end. */
const stem = (name: string): string => name.replace(/([-_.]?(ID)?\d+|[-_]\d{8}T\d{6}Z?)+$/, "").toLowerCase() || name;

const depthsOf = (tasks: readonly SpecifiedTask[]): Map<string, number> => {
  const parents = new Map(tasks.map((task) => [task.id, task.parents ?? []]));
  const depths = new Map<string, number>();
  const waiting = [...parents.keys()];
  const entered = new Set<string>();
  while (waiting.length > 0) {
    const id = waiting.at(-1) as string;
    const open = (parents.get(id) ?? []).filter((parent) => parents.has(parent) && !depths.has(parent));
    if (open.length > 0 && !entered.has(id)) waiting.push(...open);
    else depths.set(id, 1 + (parents.get(id) ?? []).reduce((deepest, parent) => Math.max(deepest, depths.get(parent) ?? -1), -1));
    if (depths.has(id)) waiting.pop();
    entered.add(id);
  }
  return depths;
};

const checked = (document: unknown, run: string): Instance => {
  const instance = document as Partial<Instance> | null;
  if (!Array.isArray(instance?.workflow?.specification?.tasks))
    throw new ValidationError("QMOI_INVALID_WFFORMAT", `${run} has no workflow.specification.tasks.`, {
      path: "$.workflow.specification.tasks",
    });
  return instance as Instance;
};
