import type { WorkflowDocument } from "@qmoi/config";
import { workflowSchema } from "@qmoi/config/workflow";
import { QmoiError } from "@qmoi/core";
import { type CheckedInstance, checkInstance } from "./check-instance.ts";
import { isName, toName, uniqueNames } from "./names.ts";
import type { ExecutionTask, SpecificationTask } from "./schema.ts";

export interface ImportOptions {
  /** Name of the workflow. */
  readonly name: string;
  /** Factor on the measured times; 0 makes every task end at once. */
  readonly timeScale: number;
  /** Slots of the workflow's own pool; without it the tasks take slots of the configured pool `default`. */
  readonly slots?: number;
}

type TaskDocument = WorkflowDocument["tasks"][number];

/** The longest that a `wait` may take, in seconds. */
const LONGEST_WAIT = 31_536_000;
const LONGEST_TAG = 200;

/**
 * Turns a WfFormat instance (wfcommons.org) into a workflow of the same graph whose tasks wait their measured time,
 * times `timeScale`. The program becomes the task's type, or the task's name where the program is a whole script; the
 * sizes of the input files become `inputBytes`; what was measured besides goes into tags, and reserves nothing.
 *
 * Errors: QMOI_INVALID_WFFORMAT with the path in the instance; QMOI_INVALID_INPUT for the options.
 */
export const importWfformat = (json: unknown, options: ImportOptions): WorkflowDocument => {
  checkOptions(options);
  const instance = checkInstance(json);
  const names = uniqueNames(instance.tasks.map(({ id }) => id));
  return {
    name: options.name,
    description: `WfFormat ${instance.schemaVersion} instance; each task waits its measured time × ${options.timeScale}.`,
    tags: {
      source: `wfformat-${instance.schemaVersion}`,
      instance: instance.name.slice(0, LONGEST_TAG),
      timeScale: String(options.timeScale),
    },
    ...(options.slots === undefined ? {} : { pools: { default: { slots: options.slots } } }),
    tasks: instance.tasks.map((task, index) => taskOf(task, index, instance, names, options.timeScale)),
  };
};

const checkOptions = ({ name, timeScale, slots }: ImportOptions): void => {
  const wrong = (path: string, found: unknown, expected: string): QmoiError =>
    new QmoiError("QMOI_INVALID_INPUT", `${path} is ${JSON.stringify(found)}; expected ${expected}.`, { path });
  if (!workflowSchema.shape.name.safeParse(name).success) {
    throw wrong("name", name, "1 to 100 letters, digits, '.', '_' and '-' that begin and end with a letter or digit");
  }
  if (!(Number.isFinite(timeScale) && timeScale >= 0)) throw wrong("timeScale", timeScale, "a number from 0");
  if (slots !== undefined && !(Number.isInteger(slots) && slots >= 1 && slots <= 100_000))
    throw wrong("slots", slots, "a whole number from 1 to 100000");
};

const taskOf = (
  task: SpecificationTask,
  index: number,
  instance: CheckedInstance,
  names: ReadonlyMap<string, string>,
  timeScale: number,
): TaskDocument => {
  const execution = instance.executions.get(task.id) as ExecutionTask;
  const seconds = toMicroseconds(execution.runtimeInSeconds * timeScale);
  if (seconds > LONGEST_WAIT) {
    const path = `$.workflow.specification.tasks[${index}]`;
    throw new QmoiError(
      "QMOI_INVALID_WFFORMAT",
      `${path}: "${task.id}" would wait ${seconds} s; at most ${LONGEST_WAIT} s are possible. Choose a smaller time scale.`,
      { path },
    );
  }
  const needs = [...new Set(task.parents)].map((id) => names.get(id) ?? id);
  const inputBytes = inputBytesOf(task, execution, instance.fileSizes);
  const tags = tagsOf(task, execution, names.get(task.id));
  return {
    name: names.get(task.id) ?? task.id,
    type: typeOf(task, execution),
    ...(needs.length === 0 ? {} : { needs }),
    ...(inputBytes === undefined ? {} : { inputBytes }),
    ...(Object.keys(tags).length === 0 ? {} : { tags }),
    target: { type: "wait", seconds },
  };
};

/** Six decimals: what is finer is noise of the multiplication. */
const toMicroseconds = (seconds: number): number => Math.round(seconds * 1e6) / 1e6;

const typeOf = (task: SpecificationTask, execution: ExecutionTask): string => {
  const program = execution.command?.program;
  return program !== undefined && isName(program) ? program : toName(task.name);
};

const inputBytesOf = (
  task: SpecificationTask,
  execution: ExecutionTask,
  sizes: ReadonlyMap<string, number> | undefined,
): number | undefined => {
  if (sizes === undefined || task.inputFiles === undefined) return execution.readBytes;
  return [...new Set(task.inputFiles)].reduce((sum, id) => sum + (sizes.get(id) ?? 0), 0);
};

const tagsOf = (task: SpecificationTask, execution: ExecutionTask, name: string | undefined): Record<string, string> => {
  const { coreCount, avgCPU, memoryInBytes, readBytes, writtenBytes, command } = execution;
  const program = command?.program;
  const all = {
    id: task.id === name ? undefined : task.id,
    program: program === undefined || isName(program) ? undefined : program,
    cores: coreCount,
    cpuPercent: avgCPU,
    memoryBytes: memoryInBytes,
    readBytes,
    writtenBytes,
  };
  return Object.fromEntries(
    Object.entries(all).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value).slice(0, LONGEST_TAG)]])),
  );
};
