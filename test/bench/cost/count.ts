import type { Cost, CountingTable } from "@qmoi/adapters";
import { sleep } from "@qmoi/core";
import type { Cloud } from "./cloud.ts";
import type { CostWorkload } from "./workloads.ts";

/** What a workload took, over all of its runs. */
export interface Counted {
  readonly tasks: number;
  readonly runs: number;
  readonly total: Cost;
  /** By what was asked for. */
  readonly byLabel: ReadonlyMap<string, Cost>;
  readonly batches: number;
  readonly busyMs: number;
  readonly sends: number;
  readonly hints: number;
  readonly logBytes: number;
  readonly blobWrites: number;
  readonly blobReads: number;
}

/** Starts the workload's runs at its rate and counts until the last one's end and statistics are stored. */
export const count = async (cloud: Cloud, workload: CostWorkload): Promise<Counted> => {
  const { plane, engine, counts } = cloud;
  await plane.publish(workload.document);
  // One run beforehand: what is read once in a process's life is no cost of a run.
  await play(cloud, workload.document.name, 1, 0);
  counts.reset();
  await play(cloud, workload.document.name, workload.runs, workload.every);
  await engine.statistics.flush();
  const { batches, busyMs, sends, hints, logBytes, blobWrites, blobReads } = counts;
  const tables = [counts.api, counts.decider, ...counts.workers];
  return {
    tasks: workload.runs * workload.tasks,
    runs: workload.runs,
    total: summed(tables.map((table) => table.total)),
    byLabel: labelled(tables),
    batches,
    busyMs,
    sends,
    hints,
    logBytes,
    blobWrites,
    blobReads,
  };
};

const play = async ({ engine, plane, clock }: Cloud, workflow: string, runs: number, every: number): Promise<void> => {
  for (let n = 0; n < runs; n++) {
    await plane.startRun({ workflow });
    await sleep(clock, every);
  }
  // Looked at by memory, so that looking costs nothing that is counted; the last run is heard of within a second.
  await sleep(clock, 1000);
  while (engine.decider.runs.size > 0) await sleep(clock, 20);
  await engine.decider.settled();
};

const summed = (costs: readonly Cost[]): Cost =>
  costs.reduce((a, b) => ({
    requests: a.requests + b.requests,
    refused: a.refused + b.refused,
    readUnits: a.readUnits + b.readUnits,
    writeUnits: a.writeUnits + b.writeUnits,
    indexWriteUnits: a.indexWriteUnits + b.indexWriteUnits,
  }));

const labelled = (tables: readonly CountingTable[]): ReadonlyMap<string, Cost> => {
  const all = new Map<string, Cost>();
  for (const table of tables)
    for (const [label, cost] of table.byLabel) all.set(label, all.has(label) ? summed([all.get(label) as Cost, cost]) : cost);
  return new Map([...all].sort(([, a], [, b]) => b.writeUnits - a.writeUnits || b.readUnits - a.readUnits));
};
