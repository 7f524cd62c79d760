import { CountingTable, createDynamoTable, DynamoTable, MemoryBlobStore, MemoryTable, openStream } from "@qmoi/adapters";
import type { Table, TargetRunner } from "@qmoi/core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bareEngine } from "../support/bare-engine.ts";
import { type DynamoDbLocal, missingDynamoDbLocal, startDynamoDbLocal } from "../support/dynamodb-local.ts";
import { suite } from "../support/suite.ts";

const TASKS = 20;
const EDGES = 30;
const OUTPUT = "x".repeat(1000);

/** 20 tasks in layers of four with 30 edges, each task with an output of 1 KB. */
const graph = {
  name: "graph",
  pools: { own: { slots: 4 } },
  tasks: Array.from({ length: TASKS }, (_, n) => {
    const layer = Math.floor(n / 4);
    const needs =
      layer === 0 ? [] : [(n % 4) + (layer - 1) * 4, ...(n % 8 < (layer === 1 ? 6 : 8) ? [((n + 1) % 4) + (layer - 1) * 4] : [])];
    return {
      name: `t${n}`,
      needs: needs.map((need) => `t${need}`),
      resources: { pool: "own" },
      target: { type: "wait" as const, seconds: 0 },
    };
  }),
};

let server: DynamoDbLocal;
let table: DynamoTable;
/** Beside the one table lies one store of definitions. */
const blobs = new MemoryBlobStore();

const runOn = async (
  on: Table,
  document: typeof graph,
): Promise<readonly { startSeq: number; endSeq: number; needs: readonly string[]; name: string }[]> => {
  const runner: TargetRunner["run"] = async () => ({ ok: true, output: OUTPUT });
  const { engine, plane } = bareEngine(on, runner, on instanceof MemoryTable ? {} : { blobs });
  await engine.start();
  await plane.publish(document);
  const counting = on instanceof CountingTable ? on : undefined;
  counting?.reset();
  const { run } = await plane.startRun({ workflow: document.name });
  // Looked at by memory, so that looking costs nothing that is counted.
  while (engine.decider.runs.has(run)) await new Promise((resolve) => setTimeout(resolve, 5));
  await engine.decider.settled();
  await engine.statistics.flush();
  report(document, counting);
  const { items } = await plane.tasks(run);
  await engine.stop();
  expect(items.every((task) => task.state === "succeeded")).toBe(true);
  return items.map(({ name, needs, startSeq = 0, endSeq = 0 }) => ({ name, needs, startSeq, endSeq }));
};

const report = (document: typeof graph, counting: CountingTable | undefined): void => {
  if (!counting) return;
  const { requests, writeUnits, readUnits, indexWriteUnits, refused } = counting.total;
  const each = (total: number): string => (total / document.tasks.length).toFixed(2);
  process.stdout.write(
    `${document.name}: ${document.tasks.length} tasks; a task: ${each(writeUnits)} write units (${each(indexWriteUnits)} of indexes), ${each(readUnits)} read units, ${each(requests)} requests, ${each(refused)} refused\n`,
  );
};

suite("the engine on DynamoDB Local", missingDynamoDbLocal, () => {
  beforeAll(async () => {
    server = await startDynamoDbLocal();
    await createDynamoTable("engine", server.client);
    table = new DynamoTable({ ...server.client, tableName: "engine", stream: openStream, streamPollMs: 10 });
  });
  afterAll(async () => {
    await table.close();
    await server.stop();
  });

  it("runs a graph to its end, and orders needs by the run's folds", async () => {
    expect(graph.tasks.reduce((edges, task) => edges + task.needs.length, 0)).toBe(EDGES);
    const tasks = await runOn(new CountingTable(table), graph);
    const endOf = new Map(tasks.map((task) => [task.name, task.endSeq]));
    for (const task of tasks) for (const need of task.needs) expect(endOf.get(need)).toBeLessThan(task.startSeq);
  });

  it("runs a run of one task", async () => {
    const first = graph.tasks[0];
    await runOn(new CountingTable(table), { ...graph, name: "single", tasks: first ? [first] : [] });
  });
});

it("costs the same on a table in memory that counts by DynamoDB's rules", async () => {
  await runOn(new CountingTable(new MemoryTable()), graph);
});
