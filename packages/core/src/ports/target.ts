import type { Json } from "../json.ts";

/** Classes by which retry policies choose. */
export const ERROR_CLASSES = [
  "exit",
  "exception",
  "timeout",
  "heartbeat",
  "memory",
  "network",
  "throttled",
  "http",
  "invalid",
  "unavailable",
  "lost",
  "cancelled",
] as const;
/**
 * exit: a process ended with a non-zero code or a signal; exception: a function threw; timeout: over the task's timeout;
 * heartbeat: no sign of life in time; memory: out of memory; network: connection refused, reset or name not found;
 * throttled: the target said to slow down; http: an answer outside 2xx; invalid: input or definition the target can't
 * work with (never retried by default); unavailable: a 5xx answer, or a service that said it's down; lost: the worker died.
 */
export type ErrorClass = (typeof ERROR_CLASSES)[number];

/** Why an attempt failed. `code` is an ErrorCode or the target's own (`exit 3`, `ECONNREFUSED`, `HTTP 503`). */
export interface Failure {
  readonly class: ErrorClass;
  readonly code: string;
  readonly message: string;
  /** Milliseconds the target asked to wait before the next try (Retry-After). */
  readonly retryAfterMs?: number;
}

/** Measured use of one attempt. Seconds and bytes; absent where it can't be measured. */
export interface ResourceUse {
  readonly cpuSeconds?: number;
  readonly peakMemoryBytes?: number;
  readonly bytesWritten?: number;
}

export type TargetResult =
  | { readonly ok: true; readonly output?: Json; readonly use?: ResourceUse }
  | { readonly ok: false; readonly failure: Failure; readonly use?: ResourceUse };

/** The work goes on elsewhere, and its outcome is told later, under the attempt's token. */
export const LATER = "later";

/** Of work that was told to end. */
export const CANCELLED: Failure = { class: "cancelled", code: "QMOI_TASK_CANCELLED", message: "The task was cancelled." };

/** Code of the failure of work that went on elsewhere and was told to end, where its service doesn't say by whom. */
export const ABORTED = "ABORTED";

/** What a target gets for one attempt. Templates are resolved and secrets filled in already. */
export interface TargetCall {
  readonly run: string;
  readonly task: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** The same over all attempts of the task. */
  readonly idempotencyKey: string;
  readonly input: Json;
  /** The target's definition, resolved: `type` and that type's own keys. */
  readonly target: { readonly type: string; readonly [key: string]: unknown };
  /** Ends the attempt: only who has it may tell the outcome of work that goes on elsewhere. */
  readonly token: string;
  /** Milliseconds until the attempt is aborted by the engine (the signal fires then). */
  readonly timeoutMs: number;
  /** Aborts on cancel, timeout and discard; `signal.reason` is "timeout", "cancelled" or "heartbeat". */
  readonly signal: AbortSignal;
  /** Tells the engine that the work is alive; cheap. */
  readonly heartbeat: () => void;
  /** Captured output, streamed as it comes. The engine caps and stores it. */
  readonly output: (stream: "stdout" | "stderr" | "log", chunk: Uint8Array) => void;
  /** Memory cap in bytes, if the task declared or learned one. */
  readonly memoryBytes?: number;
}

/**
 * Runs one kind of target. `run` never rejects for the work's own failure: it resolves with a Failure. A rejection is a
 * defect and counts as class exception. The effect begins synchronously, before the first await in `run`: the caller's
 * check of the control reading holds only until then.
 */
export interface TargetRunner {
  readonly type: string;
  /** Its work outlives the worker: the attempt's lease is the task's timeout, whatever time the worker has left. */
  readonly outlives?: boolean;
  run(call: TargetCall): Promise<TargetResult | typeof LATER>;
  /**
   * Has the work ended that goes on elsewhere for an attempt. Absent where that can't be, or ends with the worker. What has ended already stays as
   * it is; the end is told as any other. Rejects where nothing is known of it: the caller asks again.
   */
  stop?(work: Pick<TargetCall, "target" | "token">): Promise<void>;
  /** Ends everything this runner holds (worker threads, connections). */
  close?(): Promise<void>;
}
