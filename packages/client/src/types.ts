import type { Failure, ResourceUse } from "@qmoi/core";
import type { Forecast, RunForecast } from "./forecast-types.ts";

/** Times are ISO 8601, UTC, with milliseconds: `2026-01-31T09:00:00.000Z`. */
export type Time = string;

export type RunState = "running" | "paused" | "cancelling" | "succeeded" | "failed" | "cancelled";
export type TaskState = "pending" | "ready" | "waiting" | "running" | "held" | "succeeded" | "failed" | "skipped" | "cancelled";
export type AttemptState = "running" | "succeeded" | "failed" | "cancelled" | "void";

/** A page of a list: `next`, if present, goes into the next request as `after`. */
export interface PageAnswer<T> {
  items: T[];
  next?: string | undefined;
}

export interface Health {
  status: "ok";
  version: string;
  time: Time;
}

export interface Run {
  run: string;
  workflow: string;
  version: string;
  state: RunState;
  createdAt: Time;
  startedAt: Time;
  endedAt: Time | null;
  priority: number;
  inputs: unknown;
  schedule: string | null;
  nominal: Time | null;
  total: number;
  reason: string | null;
  /** When it will have ended, while it runs and something was learned. */
  forecast: RunForecast | null;
}

/** A run with the count of its tasks per state. */
export interface RunDetail extends Run {
  tasks: Record<TaskState, number>;
}

export interface Task {
  name: string;
  state: TaskState;
  needs: string[];
  /** Number of the latest attempt; 0 before the first. */
  attempt: number;
  pool: string;
  slots: number;
  type: string;
  readyAt: Time | null;
  startedAt: Time | null;
  endedAt: Time | null;
  startSeq: number | null;
  endSeq: number | null;
  output?: unknown;
  failure: Mutable<Failure> | null;
}

export interface Attempt {
  run: string;
  workflow: string;
  version: string;
  task: string;
  type: string;
  attempt: number;
  state: AttemptState;
  worker: string;
  queuedAt: Time;
  readyAt: Time;
  startedAt: Time;
  endedAt: Time | null;
  /** Milliseconds from ready to granted, and from granted to started. */
  queueDelay: number;
  startDelay: number;
  startSeq: number | null;
  endSeq: number | null;
  use: Mutable<ResourceUse> | null;
  failure: Mutable<Failure> | null;
  output?: unknown;
}

export interface Explanation {
  run: string;
  task: string;
  state: TaskState;
  since: Time;
  reasons: { kind: string; text: string; by?: string[] | undefined; until?: Time | undefined }[];
  attempts: Attempt[];
  forecast: { seconds: Forecast; memory: Forecast | null } | null;
}

export interface LogLine {
  attempt: number;
  stream: "stdout" | "stderr" | "log";
  at: Time;
  text: string;
}

/** Times in seconds; throughput in ended attempts an hour. */
export interface Stats {
  group: string;
  day?: string | undefined;
  attempts: number;
  succeeded: number;
  failed: number;
  successRate: number;
  p50: number;
  p95: number;
  p99: number;
  queueP50: number;
  queueP95: number;
  cpuSeconds: number;
  peakMemoryBytes: number;
  throughput: number;
}

export interface WorkflowSummary {
  name: string;
  version: string;
  number: number;
  publishedAt: Time;
  tasks: number;
  description: string | null;
}

export interface Published extends WorkflowSummary {
  /** False if this content was published before. */
  created: boolean;
}

export interface WorkflowDetail extends WorkflowSummary {
  definition: unknown;
}

export interface WorkflowDiff {
  workflow: string;
  from: { version: string; number: number };
  to: { version: string; number: number };
  changes: { path: string; from?: unknown; to?: unknown }[];
}

export interface Schedule {
  workflow: string;
  schedule: string;
  expression: string;
  timezone: string;
  enabled: boolean;
  next: Time[];
  last: { nominal: Time; decision: "fired" | "skipped"; reason: string | null; run: string | null } | null;
}

export interface DeadLetter {
  day: string;
  run: string;
  workflow: string;
  task: string;
  attempt: number;
  at: Time;
  failure: Mutable<Failure>;
}

export type CommandName =
  | "start_all_modules"
  | "stop_all_modules"
  | "start_module"
  | "stop_module"
  | "optimize_system"
  | "run_health_check"
  | "emergency_stop"
  | "update_system"
  | "backup_system"
  | "restore_system";
export type CommandState = "queued" | "running" | "succeeded" | "failed" | "compensated" | "refused";

/** What may start: all, unless it is stopped, switched off or held. */
export interface Control {
  mode: "running" | "stopped";
  off?: string[] | undefined;
  held?: string[] | undefined;
  discard?: boolean | undefined;
}

export interface SystemState extends Control {
  epoch: number;
  emergency: boolean;
  reason: string | null;
  who: string | null;
  at: Time | null;
}

interface StepFailure {
  Error: string;
  Cause: string;
}

export interface CommandStep {
  step: "backup" | "act" | "verify" | "undo";
  wave: number;
  module?: string | undefined;
  status: "running" | "done" | "failed" | "skipped";
  startedAt: Time;
  endedAt?: Time | undefined;
  failure?: StepFailure | undefined;
  before?: unknown;
  after?: unknown;
}

export interface Start {
  run: string;
  task: string;
  attempt: number;
  at: Time;
  seq?: number | undefined;
}

export interface Evidence {
  epoch: number;
  controlAt?: Time | undefined;
  control: { before: Control; after: Control };
  lastStartBefore: Start | null;
  firstStartAfter: Start | null;
  steps: CommandStep[];
  backup?: string | undefined;
  queuedMs: number;
  ranMs: number;
  stillRunning: number;
  report?: unknown;
}

export interface MasterCommandAnswer {
  id: string;
  command: CommandName;
  parameters: unknown;
  priority: number;
  state: CommandState;
  who: string;
  reason: string | null;
  createdAt: Time;
  startedAt: Time | null;
  endedAt: Time | null;
  failure: StepFailure | null;
  waves: string[][];
  steps: CommandStep[];
  evidence: Evidence | null;
}

export interface CommandPreview {
  preview: true;
  command: CommandName;
  parameters: unknown;
  waves: string[][];
  needsBackup: boolean;
  refusal?: StepFailure | undefined;
  affected: { running: number; queued: number; runs: number };
  /** Seconds. */
  drain?: { expected: number; longest: number; unknown: number } | undefined;
  irreversible?: string | undefined;
  details?: unknown;
  confirm?: string | undefined;
}

export interface Verification {
  id: string;
  command: CommandName;
  holds: boolean;
  checks: { check: string; holds: boolean; found: string }[];
}

/** An error answer (RFC 9457). */
export interface Problem {
  code: string;
  title: string;
  status: number;
  detail: string;
  remedy: string;
  path?: string | undefined;
  data?: Record<string, unknown> | undefined;
  requestId: string;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] | (undefined extends T[K] ? undefined : never) };

/** One document of the configuration: its value, and what was changed of it at run time. */
export interface ConfigDocument {
  document: string;
  file: string;
  /** 0 while nothing was changed at run time. */
  version: number;
  etag: string;
  module: string;
  /** Whether this version has the module that reads it. */
  built: boolean;
  value: unknown;
  changed: unknown;
  paths: string[];
  at: Time | null;
  who: string | null;
  reason: string | null;
  invalid: string | null;
}

export interface ConfigVersion {
  document: string;
  version: number;
  action: "set" | "rollback" | "restore";
  at: Time;
  who: string;
  reason: string | null;
  changed: unknown;
}

export interface ConfigDifference {
  path: string;
  from?: unknown;
  to?: unknown;
}

export interface Backup {
  id: string;
  at: Time;
  finishedAt: Time;
  cause: "request" | "schedule" | "command" | "restore";
  who: string;
  reason: string | null;
  schema: number;
  encrypted: boolean;
  bytes: number;
  items: number;
}

export interface BackupDetail extends Backup {
  version: string;
  plainBytes: number;
  counts: Record<string, number>;
  segments: number;
  sha256: string;
  configuration: Record<string, number>;
}
