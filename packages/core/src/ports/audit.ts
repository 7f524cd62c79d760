import type { Json } from "../json.ts";

/** What somebody did, or the system by itself. Never holds a secret. */
export interface AuditEvent {
  /** `object.verb`, such as `run.cancel`, `command.stop_all_modules` or `config.set`. */
  readonly action: string;
  /** What it was done to: a run, a file of the configuration, a key's id. */
  readonly subject: string;
  /** Id of a Principal. */
  readonly who: string;
  /** Address or program that the request came from. */
  readonly from?: string;
  readonly before?: Json;
  readonly after?: Json;
  readonly outcome: "done" | "refused" | "failed";
  readonly reason?: string;
  readonly requestId?: string;
}

/** The record of who did what; appended to, never changed. */
export interface Audit {
  /** Resolves once the record is stored. Safe under concurrency. Rejects with the store's errors. */
  append(event: AuditEvent): Promise<void>;
  /** Appends as soon as it can, and returns at once: for what must not wait for the store. Never throws. */
  later(event: AuditEvent): void;
}
