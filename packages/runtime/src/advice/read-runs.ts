import { instancesOf, needsOf } from "@qmoi/advanced-automation";
import type { RecordedAttempt, RecordedRun, RecordedTask } from "@qmoi/intelligent-scheduler";
import type { Definitions } from "../definitions.ts";
import { newestRuns } from "../forecast/newest-runs.ts";
import type { AttemptItem, HeaderItem } from "../items.ts";
import type { Ports } from "../ports.ts";
import { locate } from "../run-facts.ts";
import { attemptsOf } from "../run-loader.ts";
import { listHeads } from "../workflows.ts";

/** Headers read of each workflow, the latest. */
const MOST_RUNS = 2_000;

export interface ReadRunsOptions {
  /** Runs created before are left out (ms). */
  readonly since: number;
  /** Most tasks in all: the window is shortened until there are no more, for all workflows alike. */
  readonly mostTasks: number;
}

/** The runs that have succeeded or failed in a stretch of time up to now, whole, by their creation. Reads run by run, so that others come in between. */
export const readRecordedRuns = async (ports: Ports, definitions: Definitions, options: ReadRunsOptions): Promise<RecordedRun[]> => {
  const headers: HeaderItem[] = [];
  let from = options.since;
  for await (const head of listHeads(ports)) {
    const read = await headersOf(ports, head.sk, options.since);
    headers.push(...read.headers);
    from = Math.max(from, read.from);
  }
  headers.sort((a, b) => b.ca - a.ca);
  const runs: RecordedRun[] = [];
  let tasks = 0;
  for (const header of headers) {
    tasks += header.n;
    if (header.ca < from || (tasks > options.mostTasks && runs.length > 0)) break;
    runs.push(await readRun(ports, definitions, header));
  }
  return runs.reverse();
};

/** Ended runs of a workflow, and from when on they are all of them. */
const headersOf = async (ports: Ports, workflow: string, since: number): Promise<{ headers: HeaderItem[]; from: number }> => {
  const headers: HeaderItem[] = [];
  let seen = 0;
  for await (const header of newestRuns(ports, workflow)) {
    if (header.gone) continue;
    if (header.ca < since) break;
    if (++seen > MOST_RUNS) return { headers, from: header.ca };
    if (header.ea !== undefined && (header.st === "succeeded" || header.st === "failed")) headers.push(header);
  }
  return { headers, from: since };
};

const readRun = async (ports: Ports, definitions: Definitions, header: HeaderItem): Promise<RecordedRun> => {
  const graph = await definitions.graph(header.ver);
  const instances = instancesOf((header.exp ?? []).map(([template, offset, count]) => ({ template, offset, count })));
  const attempts = new Map<number, RecordedAttempt[]>();
  for await (const { task, item } of attemptsOf(ports, header, header.n)) {
    const recorded = attemptOf(item);
    if (recorded) attempts.set(task, [...(attempts.get(task) ?? []), recorded]);
  }
  const tasks = Array.from({ length: header.n }, (_, number): RecordedTask => {
    const { task } = locate({ header, graph }, number) ?? { task: graph.tasks[0] as (typeof graph.tasks)[number] };
    return {
      type: task.type,
      pool: task.pool,
      slots: task.slots,
      priority: task.priority,
      needs: needsOf(graph, task.index).flatMap((need) => instances.get(need) ?? [need]),
      attempts: attempts.get(number) ?? [],
    };
  });
  const { deadline } = graph.workflow;
  return {
    workflow: header.wf,
    priority: header.pr,
    arrivedAt: header.ca,
    endedAt: header.ea as number,
    ...(deadline === undefined ? {} : { deadlineAt: header.ca + 1000 * deadline }),
    tasks,
  };
};

/** Undefined for one that did nothing, or that a person settled. */
const attemptOf = ({ s, w, ra, sa, ea, u }: AttemptItem): RecordedAttempt | undefined => {
  if ((s !== "succeeded" && s !== "failed") || ea === undefined || w === "person") return undefined;
  return {
    succeeded: s === "succeeded",
    readyAt: ra,
    startedAt: sa,
    endedAt: ea,
    ...(u?.cpuSeconds === undefined ? {} : { cpuSeconds: u.cpuSeconds }),
    ...(u?.peakMemoryBytes === undefined ? {} : { peakMemoryBytes: u.peakMemoryBytes }),
  };
};
