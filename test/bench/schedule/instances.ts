import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { importWfformat } from "@qmoi/advanced-automation";
import type { TaskRecord } from "@qmoi/forecast";
import { wfformatRecords } from "@qmoi/forecast/evaluation";
import { graphOf, type SimulatedWorkflow, topologicalOrder, upwardRanks, WorkflowRanks } from "@qmoi/intelligent-scheduler";

/** A recorded execution of a workflow, ready to be simulated. */
export interface Instance {
  readonly name: string;
  /** What comes before the first dash of the file's name. */
  readonly family: string;
  readonly workflow: SimulatedWorkflow;
  /** By task: which tasks do the same. */
  readonly kinds: readonly string[];
  /** By task: what a forecaster may know, and what came. */
  readonly records: readonly TaskRecord[];
  /** Seconds of all tasks, and of the longest path. */
  readonly work: number;
  readonly path: number;
}

export interface Instances {
  readonly instances: readonly Instance[];
  /** Files that are no usable instance, and why. */
  readonly skipped: readonly { readonly file: string; readonly reason: string }[];
}

/** Reads the WfFormat instances of a folder, by name. */
export const readInstances = (folder: string): Instances => {
  const instances: Instance[] = [];
  const skipped: { file: string; reason: string }[] = [];
  for (const file of readdirSync(folder).sort()) {
    if (!file.endsWith(".json")) continue;
    try {
      instances.push(toInstance(basename(file, ".json"), JSON.parse(readFileSync(join(folder, file), "utf8"))));
    } catch (error) {
      skipped.push({ file, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return { instances, skipped };
};

const toInstance = (name: string, document: unknown): Instance => {
  const { tasks } = importWfformat(document, { name: "benchmark", timeScale: 1 });
  const numbers = new Map(tasks.map((task, number) => [task.name, number]));
  const graph = graphOf(tasks.map(({ needs = [] }) => needs.map((need) => numbers.get(need as string) as number)));
  // As in QMOI itself, where statistics are kept by workflow and task unless a task names its type.
  const records = wfformatRecords(document, name).map((record) => ({ ...record, type: `${record.workflow}/${record.type}` }));
  const seconds = Float64Array.from(records, (record) => record.seconds);
  const ranks = upwardRanks(graph, seconds, topologicalOrder(graph));
  return {
    name,
    family: name.split("-")[0] as string,
    workflow: { name, ranks: new WorkflowRanks(graph), seconds },
    kinds: records.map(({ type }) => type),
    records,
    work: seconds.reduce((sum, each) => sum + each, 0),
    path: Math.max(0, ...ranks),
  };
};
