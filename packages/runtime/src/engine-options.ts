import type { Definitions } from "./definitions.ts";
import type { Learned } from "./learned.ts";
import type { Wake } from "./ports.ts";
import type { Worker, WorkerParts } from "./worker.ts";

/** What an engine has run attempts. */
export type EngineWorker = Pick<Worker, "running" | "draining" | "handle" | "watch" | "abortAll">;

export interface EngineOptions {
  /** Names this process's worker in leases and history; unique over restarts. */
  readonly id: string;
  /** Which parts run here; all by default. */
  readonly roles?: { readonly decides?: boolean; readonly works?: boolean; readonly schedules?: boolean };
  /** Makes what runs attempts, such as `engineWorker`: given to an engine that is started and works. The others are spared its code. */
  readonly worker?: (parts: WorkerParts) => EngineWorker;
  /** Told of each tick that did all of its work. */
  readonly ticked?: () => void;
  /** It lives for one invocation, is never started, and remembers nothing: see Invocation. */
  readonly brief?: boolean;
  /** Has somebody look at the runs when their time has come: for an engine that will be gone by then. */
  readonly later?: (wakes: readonly Wake[]) => Promise<void>;
  /** Milliseconds that are left to it, where its end is set. */
  readonly remainingMs?: () => number;
  /** What was read of them before: definitions never change. */
  readonly definitions?: Definitions;
  /** What this process has learned of its forecasts before. */
  readonly learned?: Learned;
}
