import { at, type Graph } from "@qmoi/advanced-automation";
import type { Json } from "@qmoi/core";
import type { TaskRecord } from "@qmoi/forecast";
import type { Definitions } from "../definitions.ts";
import type { AttemptItem, HeaderItem } from "../items.ts";
import type { Ports } from "../ports.ts";
import { locate } from "../run-facts.ts";
import { attemptsOf, readList } from "../run-loader.ts";
import { listHeads } from "../workflows.ts";
import { newestRuns } from "./newest-runs.ts";
import { featuresOf } from "./task-features.ts";

/** Fewest records that a workflow gives, if it has them, however many workflows there are. */
const LEAST_EACH = 100;

export interface ReadRecordsOptions {
  /** Most records in all; each workflow gives its share of them, the latest. */
  readonly limit: number;
  /** Attempts that ended before are left out, in ms. */
  readonly since: number;
  /** Seconds that were to be expected of a task, by which parents' ratios are told. */
  readonly expected?: (graph: Graph, task: number, attempt: number, startsAt: number) => number | undefined;
}

/** What is told of an attempt that succeeded. */
interface Ended {
  readonly record: TaskRecord;
  readonly startedAt: number;
}

/** Attempts that succeeded, as records to learn from, in the order of their starts. Reads run by run, so that others come in between. */
export const readRecords = async (
  ports: Pick<Ports, "table">,
  definitions: Definitions,
  options: ReadRecordsOptions,
): Promise<TaskRecord[]> => {
  const workflows: string[] = [];
  for await (const head of listHeads(ports)) workflows.push(head.sk);
  const each = Math.max(LEAST_EACH, Math.floor(options.limit / Math.max(1, workflows.length)));
  const ended: Ended[] = [];
  for (const workflow of workflows) {
    if (ended.length >= options.limit) break;
    await readWorkflow(ports, definitions, workflow, Math.min(each, options.limit - ended.length), options, ended);
  }
  return ended.sort((a, b) => a.startedAt - b.startedAt).map(({ record }) => record);
};

const readWorkflow = async (
  ports: Pick<Ports, "table">,
  definitions: Definitions,
  workflow: string,
  most: number,
  options: ReadRecordsOptions,
  into: Ended[],
): Promise<void> => {
  const until = into.length + most;
  for await (const header of newestRuns(ports, workflow)) {
    if ((header.ea ?? Number.POSITIVE_INFINITY) < options.since) return;
    const records = await readRun(ports as Ports, definitions, header, options);
    // A run counts as a whole, or its held-back part would resemble the rest.
    if (into.length > 0 && into.length + records.length > until + most) return;
    into.push(...records);
    if (into.length >= until) return;
  }
};

const readRun = async (ports: Ports, definitions: Definitions, header: HeaderItem, options: ReadRecordsOptions): Promise<Ended[]> => {
  const graph = await definitions.graph(header.ver);
  const run = header.pk.slice(2);
  const counts = new Map((header.exp ?? []).map(([template, , count]) => [template, count]));
  const lists = new Map<number, readonly Json[]>();
  for (const template of counts.keys()) {
    // A list that is gone tells instances apart no more; what they took still counts.
    lists.set(template, await readList(ports, header, template).catch(() => []));
  }
  const succeeded: { index: number; element?: number | undefined; attempt: number; item: AttemptItem }[] = [];
  for await (const { task, attempt, item } of attemptsOf(ports, header, header.n)) {
    const located = locate({ header, graph }, task);
    if (located && item.s === "succeeded" && item.ea !== undefined && item.w !== "person" && item.ea >= options.since)
      succeeded.push({ index: located.task.index, element: located.element, attempt, item });
  }
  const ratios = new Map<number, number[]>();
  const ended: Ended[] = [];
  for (const { index, element, attempt, item } of succeeded.sort((a, b) => a.item.sa - b.item.sa)) {
    const seconds = ((item.ea as number) - item.sa) / 1000;
    const expected = options.expected?.(graph, index, attempt, item.sa);
    if (expected !== undefined && expected > 0) ratios.set(index, [...(ratios.get(index) ?? []), seconds / expected]);
    const parentRatio = parentRatioOf(graph, index, ratios);
    const features = featuresOf(graph, graph.tasks[index] as Graph["tasks"][number], {
      attempt,
      startsAt: item.sa,
      ...(parentRatio === undefined ? {} : { parentRatio }),
      item: element === undefined ? undefined : lists.get(index)?.[element],
    });
    const peak = item.u?.peakMemoryBytes;
    const instances = counts.get(index);
    const record = {
      ...features,
      seconds,
      run,
      ...(instances === undefined ? {} : { instances }),
      ...(peak === undefined ? {} : { peakMemoryBytes: peak }),
    };
    ended.push({ record, startedAt: item.sa });
  }
  return ended;
};

/** The mean of actual to forecast of a task's needs that have ended; undefined without any. */
export const parentRatioOf = (graph: Graph, task: number, ratios: ReadonlyMap<number, readonly number[]>): number | undefined => {
  const known: number[] = [];
  for (let n = at(graph.needsAt, task); n < at(graph.needsAt, task + 1); n++) known.push(...(ratios.get(at(graph.needs, n)) ?? []));
  return known.length === 0 ? undefined : known.reduce((sum, ratio) => sum + ratio, 0) / known.length;
};
