import { BIT, isTerminal } from "@qmoi/advanced-automation";
import type { AttemptView, RunView, TaskCounts, TaskState, TaskView } from "../control-plane.ts";
import { type AttemptItem, endSeqOf, type HeaderItem, startSeqOf } from "../items.ts";
import type { RunEntry } from "../run-entry.ts";

/** A run as people see it. */
export const runView = (header: HeaderItem, inputs: RunView["inputs"]): RunView => ({
  run: header.pk.slice(2),
  workflow: header.wf,
  version: header.ver,
  state: header.st,
  createdAt: header.ca,
  startedAt: header.ca,
  ...(header.ea === undefined ? {} : { endedAt: header.ea }),
  priority: header.pr,
  inputs,
  ...(header.sch === undefined ? {} : { schedule: header.sch }),
  ...(header.nom === undefined ? {} : { nominal: header.nom }),
  total: header.n,
  ...(header.why === undefined ? {} : { reason: header.why }),
});

const TERMINAL: Readonly<Record<number, TaskState>> = { 8: "succeeded", 9: "failed", 10: "skipped", 11: "cancelled" };

/** A task's state from its frontier bit and its latest attempt. */
export const taskState = (entry: RunEntry, task: number, latest: AttemptItem | undefined, now: number): TaskState => {
  const bit = entry.state.bit(task);
  if (isTerminal(bit)) return TERMINAL[bit] ?? "pending";
  if (bit === BIT.held) return "held";
  if (bit === BIT.expanded) return "running";
  const retry = entry.retryOf(task);
  const current = latest !== undefined && attemptNumber(latest) >= retry.next ? latest : undefined;
  // An attempt that ended and isn't folded yet is still the task's last word.
  if (current) return current.s === "void" ? "ready" : current.s === "failed" ? "running" : current.s;
  if (!entry.state.runnable(task)) return "pending";
  return retry.at > now ? "waiting" : "ready";
};

export const attemptNumber = (item: AttemptItem): number => Number(item.sk.split("#")[1]);

export const taskView = (entry: RunEntry, task: number, latest: AttemptItem | undefined, now: number): TaskView => {
  const { task: found } = entry.state.locate(task);
  const shown = latest?.s === "void" ? undefined : latest;
  return {
    name: entry.state.nameOf(task),
    state: taskState(entry, task, latest, now),
    needs: (found.def.needs ?? []).map((need) => (typeof need === "string" ? need : need.task)),
    attempt: latest ? attemptNumber(latest) : 0,
    pool: found.pool,
    slots: found.slots,
    type: found.type,
    ...optional({
      readyAt: latest?.ra ?? entry.readyAt.get(task),
      startedAt: shown?.sa,
      endedAt: shown?.ea,
      startSeq: shown && startSeqOf(shown),
      endSeq: shown && endSeqOf(shown),
      output: shown?.s === "succeeded" ? shown.o : undefined,
      failure: shown?.f,
    }),
  };
};

/** Counts of tasks per state. `running` comes from the attempts that were claimed and not ended. */
export const countTasks = (entry: RunEntry, running: ReadonlySet<number>, now: number): TaskCounts => {
  const counts: Partial<Record<TaskState, number>> = {};
  for (let task = 0; task < entry.state.size; task++) {
    const state = running.has(task) && !isTerminal(entry.state.bit(task)) ? "running" : taskState(entry, task, undefined, now);
    counts[state] = (counts[state] ?? 0) + 1;
  }
  return counts;
};

export const attemptView = (entry: RunEntry, task: number, item: AttemptItem): AttemptView => {
  const { task: found } = entry.state.locate(task);
  return {
    run: entry.run,
    workflow: entry.header.wf,
    version: entry.header.ver,
    task: entry.state.nameOf(task),
    type: found.type,
    attempt: attemptNumber(item),
    state: item.s,
    worker: item.w,
    queuedAt: entry.header.ca,
    readyAt: item.ra,
    startedAt: item.sa,
    queueDelay: Math.max(0, item.ga - item.ra),
    startDelay: Math.max(0, item.sa - item.ga),
    ...optional({
      endedAt: item.ea,
      startSeq: startSeqOf(item),
      endSeq: endSeqOf(item),
      use: item.u,
      failure: item.f,
      output: item.o,
    }),
  };
};

/** Leaves out what is undefined. */
export const optional = <T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> };
