import type { ModuleName } from "@qmoi/config";
import type { Json } from "@qmoi/core";
import type { CommandName } from "./command-names.ts";
import type { Control } from "./control.ts";
import type { CommandPlan } from "./plan.ts";

/** refused: nothing was changed; compensated: what was changed was changed back; failed: it could not be. */
export const COMMAND_STATES = ["queued", "running", "succeeded", "failed", "compensated", "refused"] as const;
export type CommandState = (typeof COMMAND_STATES)[number];

export const hasCommandEnded = (state: CommandState): boolean => state !== "queued" && state !== "running";

/** Why a command, or one step of it, failed. The names are those of the state machine. */
export interface StepFailure {
  readonly Error: string;
  readonly Cause: string;
}

export const NO_FAILURE: StepFailure = { Error: "none", Cause: "none" };

/** `skipped`: there was nothing to do, or nothing may be done any more. */
export type StepStatus = "running" | "done" | "failed" | "skipped";

/** What became of one step. Times in ms since 1970. */
export interface StepRecord {
  readonly step: "backup" | "act" | "verify" | "undo";
  readonly wave: number;
  readonly module?: ModuleName;
  readonly status: StepStatus;
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly failure?: StepFailure;
  /** What was there before it, and after. */
  readonly before?: Json;
  readonly after?: Json;
}

/** A start of a task's attempt, in the order of the store where it has one. */
export interface Start {
  readonly run: string;
  readonly task: string;
  readonly attempt: number;
  readonly at: number;
  readonly seq?: number;
}

/** What anybody can check of a finished command. Times in ms since 1970. */
export interface Evidence {
  /** Of the control item once the command had ended. */
  readonly epoch: number;
  /** When the command changed what may start; undefined where it changed nothing of it. */
  readonly controlAt?: number;
  readonly control: { readonly before: Control; readonly after: Control };
  readonly lastStartBefore: Start | null;
  readonly firstStartAfter: Start | null;
  readonly steps: readonly StepRecord[];
  /** Id of the backup that was made first, or that the command is. */
  readonly backup?: string;
  /** From its acceptance to its start, and from there to its end, in ms. */
  readonly queuedMs: number;
  readonly ranMs: number;
  /** Attempts that still ran when the command ended. */
  readonly stillRunning: number;
  /** What the command is about: findings, optimizations, a restore's report. */
  readonly report?: Json;
}

/** A command as it is known from its acceptance on. Times in ms since 1970. */
export interface CommandView {
  readonly id: string;
  readonly command: CommandName;
  readonly parameters: Json;
  readonly priority: number;
  readonly state: CommandState;
  readonly who: string;
  readonly reason?: string;
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  readonly failure?: StepFailure;
  readonly plan?: CommandPlan;
  /** How far a backup or restore has come, while it is under way in the process that is asked. */
  readonly progress?: { readonly phase: string; readonly done: number; readonly total?: number };
  /** Steps so far; in the evidence once it has ended. */
  readonly steps: readonly StepRecord[];
  readonly evidence?: Evidence;
}
