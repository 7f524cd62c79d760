import type { Page } from "@qmoi/core";
import type { AuditRecord } from "@qmoi/master-automation";
import {
  type AttemptView,
  type DeadLetterView,
  type Explanation,
  type KeyView,
  type LogChunk,
  type RunForecast,
  type RunView,
  type ScheduleView,
  TASK_STATES,
  type TaskCounts,
  type TaskView,
  type WorkflowView,
} from "@qmoi/runtime";
import type {
  AttemptAnswer,
  AuditRecordAnswer,
  DeadLetterAnswer,
  ExplanationAnswer,
  KeyAnswer,
  LogAnswer,
  RunAnswer,
  RunDetailAnswer,
  ScheduleAnswer,
  TaskAnswer,
  WorkflowAnswer,
} from "./answers.ts";
import type { RunForecastAnswer } from "./forecast-answers.ts";

/** Milliseconds since 1970 to ISO 8601 UTC with milliseconds. */
export const iso = (ms: number): string => new Date(ms).toISOString();
const maybe = (ms: number | undefined): string | null => (ms === undefined ? null : iso(ms));

export const renderPage = <T, U>(page: Page<T>, render: (item: T) => U): { items: U[]; next?: string } => ({
  items: page.items.map(render),
  ...(page.next === undefined ? {} : { next: page.next }),
});

export const renderRunForecast = (f: RunForecast): RunForecastAnswer => ({
  ...f,
  endsAt: { point: iso(f.endsAt.point), lo: iso(f.endsAt.lo), hi: iso(f.endsAt.hi) },
  deadlineAt: maybe(f.deadlineAt),
  late: f.late ?? null,
});

export const renderRun = (run: RunView): RunAnswer => ({
  run: run.run,
  workflow: run.workflow,
  version: run.version,
  state: run.state,
  createdAt: iso(run.createdAt),
  startedAt: iso(run.startedAt),
  endedAt: maybe(run.endedAt),
  priority: run.priority,
  inputs: run.inputs,
  schedule: run.schedule ?? null,
  nominal: maybe(run.nominal),
  total: run.total,
  reason: run.reason ?? null,
  forecast: run.forecast ? renderRunForecast(run.forecast) : null,
});

export const renderRunDetail = (run: RunView & { readonly tasks: TaskCounts }): RunDetailAnswer => ({
  ...renderRun(run),
  tasks: Object.fromEntries(TASK_STATES.map((state) => [state, run.tasks[state] ?? 0])) as RunDetailAnswer["tasks"],
});

export const renderTask = (task: TaskView): TaskAnswer => ({
  name: task.name,
  state: task.state,
  needs: [...task.needs],
  attempt: task.attempt,
  pool: task.pool,
  slots: task.slots,
  type: task.type,
  readyAt: maybe(task.readyAt),
  startedAt: maybe(task.startedAt),
  endedAt: maybe(task.endedAt),
  startSeq: task.startSeq ?? null,
  endSeq: task.endSeq ?? null,
  ...(task.output === undefined ? {} : { output: task.output }),
  failure: task.failure ?? null,
});

export const renderAttempt = (a: AttemptView): AttemptAnswer => ({
  run: a.run,
  workflow: a.workflow,
  version: a.version,
  task: a.task,
  type: a.type,
  attempt: a.attempt,
  state: a.state,
  worker: a.worker,
  queuedAt: iso(a.queuedAt),
  readyAt: iso(a.readyAt),
  startedAt: iso(a.startedAt),
  endedAt: maybe(a.endedAt),
  queueDelay: a.queueDelay,
  startDelay: a.startDelay,
  startSeq: a.startSeq ?? null,
  endSeq: a.endSeq ?? null,
  use: a.use ?? null,
  failure: a.failure ?? null,
  ...(a.output === undefined ? {} : { output: a.output }),
});

export const renderExplanation = (e: Explanation): ExplanationAnswer => ({
  run: e.run,
  task: e.task,
  state: e.state,
  since: iso(e.since),
  reasons: e.reasons.map((r) => ({
    kind: r.kind,
    text: r.text,
    ...(r.by === undefined ? {} : { by: [...r.by] }),
    ...(r.until === undefined ? {} : { until: iso(r.until) }),
  })),
  attempts: e.attempts.map(renderAttempt),
  forecast: e.forecast ? { seconds: e.forecast.seconds, memory: e.forecast.memory ?? null } : null,
});

export const renderLog = (chunk: LogChunk): LogAnswer => ({
  attempt: chunk.attempt,
  stream: chunk.stream,
  at: iso(chunk.at),
  text: chunk.text,
});

export const renderWorkflow = (w: WorkflowView): WorkflowAnswer => ({
  name: w.name,
  version: w.version,
  number: w.number,
  publishedAt: iso(w.publishedAt),
  tasks: w.tasks,
  description: w.description ?? null,
});

export const renderSchedule = (s: ScheduleView): ScheduleAnswer => ({
  workflow: s.workflow,
  schedule: s.schedule,
  expression: s.expression,
  timezone: s.timezone,
  enabled: s.enabled,
  next: s.next.map(iso),
  last: s.last ? { nominal: iso(s.last.nominal), decision: s.last.decision, reason: s.last.reason ?? null, run: s.last.run ?? null } : null,
});

export const renderDeadLetter = (d: DeadLetterView): DeadLetterAnswer => ({
  day: d.day,
  run: d.run,
  workflow: d.workflow,
  task: d.task,
  attempt: d.attempt,
  at: iso(d.at),
  failure: d.failure,
});

export const renderAuditRecord = ({ seq, at, action, subject, who, outcome, prev, hash, ...rest }: AuditRecord): AuditRecordAnswer => ({
  seq,
  at: iso(at),
  action,
  subject,
  who,
  ...rest,
  outcome,
  prev,
  hash,
});

export const renderKey = (key: KeyView): KeyAnswer => ({
  id: key.id,
  name: key.name,
  role: key.role,
  scopes: key.scopes ? [...key.scopes] : null,
  state: key.state,
  createdBy: key.by,
  createdAt: iso(key.at),
  expiresAt: maybe(key.until),
  lastUsedAt: maybe(key.used),
  rotatedAt: maybe(key.rotated),
  revokedAt: maybe(key.revoked),
});
