import type { Workflow, WorkflowDocument } from "@qmoi/config";
import type { Failure, Json, Page, ResourceUse } from "@qmoi/core";
import type { Forecast } from "@qmoi/forecast";
import type { AdvicePlane } from "./advice/advice-views.ts";
import type { ForecastPlane, RunForecast } from "./plane/forecast-views.ts";

export const RUN_STATES = ["running", "paused", "cancelling", "succeeded", "failed", "cancelled"] as const;
export type RunState = (typeof RUN_STATES)[number];

/**
 * pending: needs not met; ready: could start, not claimed yet; waiting: for a time (backoff, not-before); running; held: its outcome is
 * unknown and a person decides (`effect: once`); the rest is terminal.
 */
export const TASK_STATES = ["pending", "ready", "waiting", "running", "held", "succeeded", "failed", "skipped", "cancelled"] as const;
export type TaskState = (typeof TASK_STATES)[number];

export const ATTEMPT_STATES = ["running", "succeeded", "failed", "cancelled", "void"] as const;
export type AttemptState = (typeof ATTEMPT_STATES)[number];

/** Times are milliseconds since 1970 here; the API renders ISO 8601. */
export interface RunView {
  readonly run: string;
  readonly workflow: string;
  readonly version: string;
  readonly state: RunState;
  readonly createdAt: number;
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly priority: number;
  readonly inputs: Json;
  /** Name of the schedule and nominal time that fired it. */
  readonly schedule?: string;
  readonly nominal?: number;
  readonly total: number;
  readonly reason?: string;
  /** When it will have ended, while it runs and something was learned. */
  readonly forecast?: RunForecast;
}

export type TaskCounts = Readonly<Partial<Record<TaskState, number>>>;

export interface TaskView {
  readonly name: string;
  readonly state: TaskState;
  readonly needs: readonly string[];
  /** Number of the latest attempt; 0 before the first. */
  readonly attempt: number;
  readonly pool: string;
  readonly slots: number;
  readonly type: string;
  readonly readyAt?: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  readonly startSeq?: number;
  readonly endSeq?: number;
  readonly output?: Json;
  readonly failure?: Failure;
}

/** One attempt as history keeps it. `queuedAt`: the run's creation; `readyAt`: when it could have started. */
export interface AttemptView {
  readonly run: string;
  readonly workflow: string;
  readonly version: string;
  readonly task: string;
  readonly type: string;
  readonly attempt: number;
  readonly state: AttemptState;
  readonly worker: string;
  readonly queuedAt: number;
  readonly readyAt: number;
  readonly startedAt: number;
  readonly endedAt?: number;
  /** Ready to granted, and granted to started, in ms. */
  readonly queueDelay: number;
  readonly startDelay: number;
  readonly startSeq?: number;
  readonly endSeq?: number;
  readonly use?: ResourceUse;
  readonly failure?: Failure;
  readonly output?: Json;
}

/** Why a task is where it is. `since`: from when the first reason has held. */
export interface Explanation {
  readonly run: string;
  readonly task: string;
  readonly state: TaskState;
  readonly since: number;
  readonly reasons: readonly Reason[];
  readonly attempts: readonly AttemptView[];
  /** Seconds and bytes that were to be expected of it, where something was learned. */
  readonly forecast?: { readonly seconds: Forecast; readonly memory?: Forecast };
}

export interface Reason {
  readonly kind:
    | "needs"
    | "pool"
    | "host"
    | "concurrency"
    | "rate"
    | "paused"
    | "stopped"
    | "not-before"
    | "backoff"
    | "condition"
    | "held"
    | "order"
    | "running"
    | "ended";
  readonly text: string;
  /** Tasks, runs or keys that it waits for. */
  readonly by?: readonly string[];
  readonly until?: number;
}

export interface StatsRow {
  readonly group: string;
  readonly day?: string;
  readonly attempts: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly successRate: number;
  /** Seconds. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly queueP50: number;
  readonly queueP95: number;
  readonly cpuSeconds: number;
  readonly peakMemoryBytes: number;
  /** Ended attempts per hour of the group's days. */
  readonly throughput: number;
}

export interface WorkflowView {
  readonly name: string;
  readonly version: string;
  readonly number: number;
  readonly publishedAt: number;
  readonly tasks: number;
  readonly description?: string;
}

export interface ScheduleView {
  readonly workflow: string;
  readonly schedule: string;
  readonly expression: string;
  readonly timezone: string;
  readonly enabled: boolean;
  readonly next: readonly number[];
  readonly last?: { readonly nominal: number; readonly decision: "fired" | "skipped"; readonly reason?: string; readonly run?: string };
}

export interface DeadLetterView {
  readonly day: string;
  readonly run: string;
  readonly workflow: string;
  readonly task: string;
  readonly attempt: number;
  readonly at: number;
  readonly failure: Failure;
}

export interface LogChunk {
  readonly attempt: number;
  readonly stream: "stdout" | "stderr" | "log";
  readonly at: number;
  readonly text: string;
}

export interface StartRunRequest {
  /** Name of a published workflow. */
  readonly workflow: string;
  /** Version hash or a unique prefix of at least 6 digits; otherwise the latest. */
  readonly version?: string;
  readonly inputs?: Readonly<Record<string, Json>>;
  /** The same key with the same request gives the same run. */
  readonly idempotencyKey?: string;
  readonly priority?: number;
  readonly reason?: string;
}

export interface PageRequest {
  readonly limit?: number;
  readonly after?: string;
}

/** Everything a person or program can ask of the engine. All rejections are QmoiErrors. */
export interface ControlPlane extends ForecastPlane, AdvicePlane {
  publish(document: WorkflowDocument): Promise<WorkflowView & { readonly created: boolean }>;
  /** Checks as publish does and stores nothing. `created`: whether publishing would make a new version. */
  validate(document: WorkflowDocument): Promise<WorkflowView & { readonly created: boolean }>;
  workflows(page?: PageRequest): Promise<Page<WorkflowView>>;
  workflow(name: string, version?: string): Promise<WorkflowView & { readonly definition: Workflow }>;
  versions(name: string, page?: PageRequest): Promise<Page<WorkflowView>>;
  startRun(request: StartRunRequest): Promise<RunView & { readonly created: boolean }>;
  run(run: string): Promise<RunView & { readonly tasks: TaskCounts }>;
  runs(request?: PageRequest & { readonly workflow?: string; readonly state?: RunState }): Promise<Page<RunView>>;
  tasks(run: string, request?: PageRequest & { readonly state?: TaskState }): Promise<Page<TaskView>>;
  explain(run: string, task: string): Promise<Explanation>;
  /** Captured output in order; `after` continues. While the attempt runs, `next` is present. */
  logs(run: string, task: string, request?: PageRequest & { readonly attempt?: number }): Promise<Page<LogChunk>>;
  /** Newest first. */
  history(
    request?: PageRequest & { readonly workflow?: string; readonly type?: string; readonly run?: string; readonly state?: AttemptState },
  ): Promise<Page<AttemptView>>;
  stats(request: {
    readonly by: "workflow" | "type" | "day";
    readonly days?: number;
    readonly workflow?: string;
  }): Promise<readonly StatsRow[]>;
  deadLetters(request?: PageRequest & { readonly day?: string }): Promise<Page<DeadLetterView>>;
  schedules(request?: PageRequest & { readonly workflow?: string; readonly next?: number }): Promise<Page<ScheduleView>>;
  cancel(run: string, reason?: string): Promise<RunView>;
  pause(run: string, reason?: string): Promise<RunView>;
  resume(run: string, reason?: string): Promise<RunView>;
  /** Runs again what failed, was skipped for it, or was cancelled; what succeeded stays. */
  redrive(run: string, request?: { readonly reason?: string }): Promise<RunView>;
  /** Decides a held task (`effect: once` with unknown outcome). */
  settle(run: string, task: string, outcome: "succeeded" | "failed" | "retry", reason?: string): Promise<RunView>;
}
