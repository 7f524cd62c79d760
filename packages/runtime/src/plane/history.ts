import { mergeStatistics, NO_STATISTICS, quantile, type TypeDay } from "@qmoi/advanced-automation";
import type { Failure, Item, LogStream, Page } from "@qmoi/core";
import type { AttemptState, AttemptView, DeadLetterView, LogChunk, PageRequest, StatsRow } from "../control-plane.ts";
import type { Engine } from "../engine.ts";
import { attemptsOf } from "../run-loader.ts";
import { dayOf, readDay } from "../statistics.ts";
import type { RunReader } from "./runs.ts";
import { attemptNumber, attemptView } from "./views.ts";

const DAY_MS = 86_400_000;

export interface HistoryFilter {
  readonly workflow?: string;
  readonly type?: string;
  readonly run?: string;
  readonly state?: AttemptState;
}

/** Attempts, newest run first and within a run the latest start first. The cursor is `run|offset`. */
export const readHistory = async (engine: Engine, reader: RunReader, request: PageRequest & HistoryFilter): Promise<Page<AttemptView>> => {
  const limit = Math.min(request.limit ?? 50, 1000);
  const [cursorRuns, cursorSkip] = (request.after ?? "|0").split("|");
  let skip = Number(cursorSkip);
  const items: AttemptView[] = [];
  let after = cursorRuns === "" ? undefined : cursorRuns;
  for (;;) {
    const page = request.run
      ? { items: [await reader.run(request.run)] }
      : await reader.runs({
          limit: 1,
          ...(after === undefined ? {} : { after }),
          ...(request.workflow === undefined ? {} : { workflow: request.workflow }),
        });
    for (const { run } of page.items) {
      const attempts = await attemptsOfRun(engine, reader, run, request);
      for (; skip < attempts.length; skip++) {
        if (items.length === limit) return { items, next: `${after ?? ""}|${skip}` };
        items.push(attempts[skip] as AttemptView);
      }
      skip = 0;
    }
    if (!("next" in page) || page.next === undefined) return { items };
    after = page.next;
  }
};

const attemptsOfRun = async (engine: Engine, reader: RunReader, run: string, filter: HistoryFilter): Promise<readonly AttemptView[]> => {
  const entry = await reader.entry(run);
  const attempts: AttemptView[] = [];
  for await (const { task, item } of attemptsOf(engine.ports, entry.header, entry.state.size)) {
    const view = attemptView(entry, task, item);
    if ((filter.type === undefined || view.type === filter.type) && (filter.state === undefined || view.state === filter.state))
      attempts.push(view);
  }
  return attempts.sort((a, b) => b.startedAt - a.startedAt || (b.startSeq ?? 0) - (a.startSeq ?? 0) || b.attempt - a.attempt);
};

/** Statistics grouped by workflow, task type or day, most attempts first (days in order). */
export const readStatistics = async (
  engine: Engine,
  request: { by: "workflow" | "type" | "day"; days?: number; workflow?: string },
): Promise<readonly StatsRow[]> => {
  await engine.statistics.flush();
  const groups = new Map<string, { total: TypeDay; days: Set<string> }>();
  const now = engine.ports.clock.now();
  for (let back = 0; back < (request.days ?? 7); back++) {
    const day = dayOf(now - back * DAY_MS);
    for await (const { workflow, type, stats } of readDay(engine.ports, day)) {
      if (request.workflow !== undefined && workflow !== request.workflow) continue;
      const key = request.by === "workflow" ? workflow : request.by === "type" ? type : day;
      const group = groups.get(key) ?? { total: NO_STATISTICS, days: new Set<string>() };
      groups.set(key, { total: mergeStatistics(group.total, stats), days: group.days.add(day) });
    }
  }
  const rows = [...groups].map(([group, { total, days }]) => statsRow(group, total, days, request.by === "day"));
  return rows.sort((a, b) => (request.by === "day" ? (a.group < b.group ? -1 : 1) : b.attempts - a.attempts));
};

const statsRow = (group: string, total: TypeDay, days: ReadonlySet<string>, byDay: boolean): StatsRow => ({
  group,
  ...(byDay ? { day: group } : {}),
  attempts: total.attempts,
  succeeded: total.succeeded,
  failed: total.failed,
  successRate: total.attempts === 0 ? 0 : total.succeeded / total.attempts,
  p50: quantile(total.runTime, 0.5),
  p95: quantile(total.runTime, 0.95),
  p99: quantile(total.runTime, 0.99),
  queueP50: quantile(total.queue, 0.5),
  queueP95: quantile(total.queue, 0.95),
  cpuSeconds: total.cpuSeconds,
  peakMemoryBytes: total.peakMemory,
  throughput: total.attempts / (days.size * 24),
});

interface DeadLetterItem extends Item {
  readonly wf: string;
  readonly t: string;
  readonly a: number;
  readonly at: number;
  readonly f: Failure & Item["f"];
}

/** Dead letters of one day, today otherwise. */
export const readDeadLetters = async (engine: Engine, request: PageRequest & { day?: string }): Promise<Page<DeadLetterView>> => {
  const now = engine.ports.clock.now();
  const day = request.day ?? dayOf(now);
  const { limit, after } = request;
  const page = await engine.ports.table.query({
    pk: `DL#${day}`,
    ...(limit === undefined ? {} : { limit }),
    ...(after === undefined ? {} : { after }),
  });
  const live = (page.items as readonly DeadLetterItem[]).filter((item) => (item.ttl ?? Number.POSITIVE_INFINITY) * 1000 > now);
  const items = live.map((item) => ({
    day,
    run: item.sk.split("#")[0] as string,
    workflow: item.wf,
    task: item.t,
    attempt: item.a,
    at: item.at,
    failure: item.f,
  }));
  return { ...page, items };
};

/** Captured output of a task's latest attempt, or of one. `next` is present while more may come. */
export const readLogs = async (
  engine: Engine,
  reader: RunReader,
  run: string,
  name: string,
  request: PageRequest & { attempt?: number },
): Promise<Page<LogChunk>> => {
  const entry = await reader.entry(run);
  const task = reader.taskNumber(entry, name);
  const attempts = await reader.attempts(entry, task);
  const item =
    request.attempt === undefined
      ? attempts.findLast((one) => one.s !== "void")
      : attempts.find((one) => attemptNumber(one) === request.attempt);
  if (!item) return { items: [] };
  const attempt = attemptNumber(item);
  const { limit, after } = request;
  const page = await engine.ports.logs.read(`${run}/${task}/${attempt}`, {
    ...(limit === undefined ? {} : { limit }),
    ...(after === undefined ? {} : { after }),
  });
  const items = page.items.map((chunk) => ({ attempt, stream: chunk.stream satisfies LogStream, at: chunk.at, text: chunk.text }));
  const over = item.s !== "running" && (page.items.length === 0 || page.next === undefined);
  return over ? { items } : { items, next: page.next ?? after ?? "0" };
};
