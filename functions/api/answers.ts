import { ERROR_CLASSES, ROLES } from "@qmoi/core";
import { ATTEMPT_STATES, RUN_STATES, TASK_STATES } from "@qmoi/runtime";
import * as z from "zod";
import { forecastAnswer, runForecastAnswer } from "./forecast-answers.ts";

/** ISO 8601, UTC, milliseconds: `2026-01-31T09:00:00.000Z`. */
const time = z.iso.datetime({ precision: 3 });
const json = z.unknown();
const seq = z.int().nullable().describe("The store's order of the transition; null before it, or where the store has none.");

const failure = z.strictObject({
  class: z.enum(ERROR_CLASSES),
  code: z.string(),
  message: z.string(),
  retryAfterMs: z.number().optional(),
});

const use = z.strictObject({
  cpuSeconds: z.number().optional(),
  peakMemoryBytes: z.number().optional(),
  bytesWritten: z.number().optional(),
});

const runState = z.enum(RUN_STATES);
const taskState = z.enum(TASK_STATES);
const attemptState = z.enum(ATTEMPT_STATES);

export const healthAnswer = z.strictObject({ status: z.literal("ok"), version: z.string(), time });

export const runAnswer = z.strictObject({
  run: z.string(),
  workflow: z.string(),
  version: z.string(),
  state: runState,
  createdAt: time,
  startedAt: time,
  endedAt: time.nullable(),
  priority: z.int(),
  inputs: json,
  schedule: z.string().nullable(),
  nominal: time.nullable(),
  total: z.int().describe("Number of tasks known so far."),
  reason: z.string().nullable(),
  forecast: runForecastAnswer.nullable(),
});

/** A run with the count of its tasks per state; every state is present. */
export const runDetailAnswer = runAnswer.extend({
  tasks: z.strictObject(Object.fromEntries(TASK_STATES.map((state) => [state, z.int()])) as Record<(typeof TASK_STATES)[number], z.ZodInt>),
});

export const taskAnswer = z.strictObject({
  name: z.string(),
  state: taskState,
  needs: z.array(z.string()),
  attempt: z.int().describe("Number of the latest attempt; 0 before the first."),
  pool: z.string(),
  slots: z.int(),
  type: z.string(),
  readyAt: time.nullable(),
  startedAt: time.nullable(),
  endedAt: time.nullable(),
  startSeq: seq,
  endSeq: seq,
  output: json.optional(),
  failure: failure.nullable(),
});

export const attemptAnswer = z.strictObject({
  run: z.string(),
  workflow: z.string(),
  version: z.string(),
  task: z.string(),
  type: z.string(),
  attempt: z.int(),
  state: attemptState,
  worker: z.string(),
  queuedAt: time,
  readyAt: time,
  startedAt: time,
  endedAt: time.nullable(),
  queueDelay: z.number().describe("Milliseconds from ready to granted."),
  startDelay: z.number().describe("Milliseconds from granted to started."),
  startSeq: seq,
  endSeq: seq,
  use: use.nullable(),
  failure: failure.nullable(),
  output: json.optional(),
});

const reason = z.strictObject({ kind: z.string(), text: z.string(), by: z.array(z.string()).optional(), until: time.optional() });

export const explanationAnswer = z.strictObject({
  run: z.string(),
  task: z.string(),
  state: taskState,
  since: time,
  reasons: z.array(reason),
  attempts: z.array(attemptAnswer),
  forecast: z.strictObject({ seconds: forecastAnswer, memory: forecastAnswer.nullable() }).nullable(),
});

export const logAnswer = z.strictObject({ attempt: z.int(), stream: z.enum(["stdout", "stderr", "log"]), at: time, text: z.string() });

export const statsAnswer = z.strictObject({
  group: z.string(),
  day: z.string().optional(),
  attempts: z.int(),
  succeeded: z.int(),
  failed: z.int(),
  successRate: z.number(),
  p50: z.number(),
  p95: z.number(),
  p99: z.number(),
  queueP50: z.number(),
  queueP95: z.number(),
  cpuSeconds: z.number(),
  peakMemoryBytes: z.number(),
  throughput: z.number(),
});

export const workflowAnswer = z.strictObject({
  name: z.string(),
  version: z.string(),
  number: z.int(),
  publishedAt: time,
  tasks: z.int(),
  description: z.string().nullable(),
});
export const publishedAnswer = workflowAnswer.extend({ created: z.boolean().describe("False if this content was published before.") });
export const definitionAnswer = workflowAnswer.extend({ definition: json });

const side = z.strictObject({ version: z.string(), number: z.int() });
export const diffAnswer = z.strictObject({
  workflow: z.string(),
  from: side,
  to: side,
  changes: z.array(z.strictObject({ path: z.string(), from: json.optional(), to: json.optional() })),
});

export const scheduleAnswer = z.strictObject({
  workflow: z.string(),
  schedule: z.string(),
  expression: z.string(),
  timezone: z.string(),
  enabled: z.boolean(),
  next: z.array(time),
  last: z
    .strictObject({ nominal: time, decision: z.enum(["fired", "skipped"]), reason: z.string().nullable(), run: z.string().nullable() })
    .nullable(),
});

export const deadLetterAnswer = z.strictObject({
  day: z.string(),
  run: z.string(),
  workflow: z.string(),
  task: z.string(),
  attempt: z.int(),
  at: time,
  failure,
});

export const auditRecordAnswer = z.strictObject({
  seq: z.int().describe("From 1, without gaps."),
  at: time,
  action: z.string().describe("`object.verb`, such as `run.cancel`."),
  subject: z.string().describe("What it was done to."),
  who: z.string(),
  from: z.string().optional(),
  before: json.optional(),
  after: json.optional(),
  outcome: z.enum(["done", "refused", "failed"]),
  reason: z.string().optional(),
  requestId: z.string().optional(),
  prev: z.string().describe("`hash` of the record before."),
  hash: z.string().describe("Keyed hash of the rest of the record."),
});

const auditFinding = z.strictObject({
  kind: z.enum(["edited", "removed", "inserted", "reordered", "rewritten", "cut", "head"]),
  from: z.int().describe("First record that it concerns."),
  to: z.int().describe("Last record that it concerns."),
  text: z.string(),
});
export const auditVerdictAnswer = z.strictObject({
  whole: z.boolean(),
  records: z.int(),
  last: z.int().describe("Number of the last record."),
  signed: z.int().describe("Number of the record that the newest signed head stands for."),
  findings: z.array(auditFinding),
});

export const keyAnswer = z.strictObject({
  id: z.string(),
  name: z.string(),
  role: z.enum(ROLES),
  scopes: z.array(z.string()).nullable().describe("Parts of the API that it is held to; null: all."),
  state: z.enum(["active", "expired", "revoked"]),
  createdBy: z.string(),
  createdAt: time,
  expiresAt: time.nullable(),
  lastUsedAt: time.nullable().describe("To within a minute."),
  rotatedAt: time.nullable(),
  revokedAt: time.nullable(),
});
export const issuedKeyAnswer = keyAnswer.extend({
  key: z.string().optional().describe("The key itself: told once, and left out where the same request is answered again."),
});

/** This API's description, as a document and as a page. */
export const descriptionAnswer = z.record(z.string(), z.unknown());
export const pageAnswer = z.string();

/** Names under which the description of the API and its client know these. */
export const SCHEMAS = {
  Attempt: attemptAnswer,
  AttemptState: attemptState,
  AuditRecord: auditRecordAnswer,
  AuditVerdict: auditVerdictAnswer,
  DeadLetter: deadLetterAnswer,
  Explanation: explanationAnswer,
  Health: healthAnswer,
  IssuedKey: issuedKeyAnswer,
  Key: keyAnswer,
  LogLine: logAnswer,
  Published: publishedAnswer,
  Run: runAnswer,
  RunDetail: runDetailAnswer,
  RunState: runState,
  Schedule: scheduleAnswer,
  Stats: statsAnswer,
  Task: taskAnswer,
  TaskState: taskState,
  WorkflowDetail: definitionAnswer,
  WorkflowDiff: diffAnswer,
  WorkflowSummary: workflowAnswer,
} as const;

export type KeyAnswer = z.output<typeof keyAnswer>;
export type IssuedKeyAnswer = z.output<typeof issuedKeyAnswer>;
export type AuditRecordAnswer = z.output<typeof auditRecordAnswer>;
export type AuditVerdictAnswer = z.output<typeof auditVerdictAnswer>;
export type HealthAnswer = z.output<typeof healthAnswer>;
export type RunAnswer = z.output<typeof runAnswer>;
export type RunDetailAnswer = z.output<typeof runDetailAnswer>;
export type TaskAnswer = z.output<typeof taskAnswer>;
export type AttemptAnswer = z.output<typeof attemptAnswer>;
export type ExplanationAnswer = z.output<typeof explanationAnswer>;
export type LogAnswer = z.output<typeof logAnswer>;
export type StatsAnswer = z.output<typeof statsAnswer>;
export type WorkflowAnswer = z.output<typeof workflowAnswer>;
export type PublishedAnswer = z.output<typeof publishedAnswer>;
export type DefinitionAnswer = z.output<typeof definitionAnswer>;
export type DiffAnswer = z.output<typeof diffAnswer>;
export type ScheduleAnswer = z.output<typeof scheduleAnswer>;
export type DeadLetterAnswer = z.output<typeof deadLetterAnswer>;
