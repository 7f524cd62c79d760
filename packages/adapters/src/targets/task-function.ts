import type { Json } from "@qmoi/core";

/** Writes lines into the attempt's log. */
export interface TaskLogger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** What a task's function learns about its attempt. */
export interface TaskContext {
  readonly run: string;
  readonly task: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** The same over all attempts: give it to services that deduplicate. */
  readonly idempotencyKey: string;
  readonly logger: TaskLogger;
  /** Tells that the work is alive, for tasks with a heartbeat timeout. Output and log lines do so too. */
  heartbeat(): void;
  /** Aborts on timeout and cancel (`reason` says which); the worker is terminated 2 seconds later. */
  readonly signal: AbortSignal;
}

/**
 * A task's function. What it returns must be JSON (undefined for no output). What it throws fails the attempt as class
 * `exception`, or as the error's own `errorClass` if that is one of QMOI's (`unavailable`, `throttled`, `invalid`, ...).
 *
 * @example
 * const greet: TaskFunction<{ name: string }, { text: string }> = async ({ name }, { logger }) => {
 *   logger.info("greeting", { name });
 *   return { text: `Hello ${name}` };
 * };
 */
export type TaskFunction<Input = Json, Output = unknown> = (input: Input, context: TaskContext) => Output | Promise<Output>;
