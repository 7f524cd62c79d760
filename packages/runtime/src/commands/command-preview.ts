import type { Json } from "@qmoi/core";
import type { CommandName, CommandPlan, DrainEstimate, StepFailure } from "@qmoi/master-automation";

/** What a command would do. Times in seconds. */
export interface CommandPreview {
  readonly command: CommandName;
  readonly parameters: Json;
  readonly waves: CommandPlan["waves"];
  readonly needsBackup: boolean;
  readonly refusal?: StepFailure;
  readonly affected: { readonly running: number; readonly queued: number; readonly runs: number };
  /** Until what runs has ended; absent for commands that wait for nothing. */
  readonly drain?: DrainEstimate;
  readonly irreversible?: string;
  /** What a restore, or another command, says for itself. */
  readonly details?: Json;
  /** To be given as `confirm`; present where the command needs it. */
  readonly confirm?: string;
}
