import type { Actor, Page } from "@qmoi/core";
import type { PageRequest } from "../control-plane.ts";

/** Why a backup was made. `restore`: of the state that a restore is about to replace; `update`: of data that is brought to a newer schema. */
export type BackupCause = "request" | "schedule" | "command" | "restore" | "update";

export interface BackupView {
  readonly id: string;
  /** When it was begun and finished, in ms since 1970. */
  readonly at: number;
  readonly finishedAt: number;
  readonly cause: BackupCause;
  readonly who: string;
  readonly reason?: string;
  readonly schema: number;
  readonly encrypted: boolean;
  /** Bytes as stored. */
  readonly bytes: number;
  readonly items: number;
}

export interface BackupDetail extends BackupView {
  /** Version of QMOI that made it. */
  readonly version: string;
  readonly plainBytes: number;
  /** Items by kind, blobs included. */
  readonly counts: Readonly<Record<string, number>>;
  readonly segments: number;
  /** Of the manifest's text. */
  readonly sha256: string;
  /** Versions of the configuration's documents. */
  readonly configuration: Readonly<Record<string, number>>;
}

export interface BackupProgress {
  readonly phase: "items" | "attempts" | "blobs" | "verify" | "stop" | "clear" | "write" | "compare" | "migrate" | "start" | "undo";
  readonly done: number;
  /** Absent while nobody knows. */
  readonly total?: number;
}

export type Progress = (progress: BackupProgress) => void;

export interface RestoreReport {
  /** Of this restore. */
  readonly id: string;
  readonly backup: string;
  /** The backup of the state before. */
  readonly before: string;
  readonly generation: number;
  readonly at: number;
  readonly finishedAt: number;
  /** Items that were written, by kind. */
  readonly counts: Readonly<Record<string, number>>;
  /** Attempts that were running in the backup; of these, held ones wait for a person. */
  readonly voided: number;
  readonly held: number;
  /** Runs that a person must resume or cancel: an effect that may happen only once has happened since, which the backup knows nothing of. */
  readonly paused: number;
  /** Runs that the backup doesn't hold, but that firings or idempotency keys stand for: they remain as cancelled. The first 1000. */
  readonly forward: readonly { readonly run: string; readonly workflow: string; readonly why: "firing" | "idempotency key" }[];
  readonly forwardCount: number;
  /** What the comparison with the manifest found, before the system was started again. */
  readonly equal: true;
}

export interface RestoreOptions {
  readonly progress?: Progress;
  /** Id of the command that it is for: asked for again, it goes on with what a crash cut off, or tells what it came to. */
  readonly command?: string;
}

/**
 * Backups of everything that is stored, and the way back. Work goes on while a backup is made.
 * Errors: QMOI_NOT_FOUND, QMOI_BACKUP_DAMAGED, QMOI_BACKUP_KEY, QMOI_BACKUP_NEWER, QMOI_BACKUP_BUSY, QMOI_RESTORE_FAILED.
 */
export interface Backups {
  /** Resolves once it is written and verified. */
  create(by: Actor, options?: { readonly cause?: BackupCause; readonly progress?: Progress }): Promise<BackupDetail>;
  /** Newest first. */
  list(page?: PageRequest): Promise<Page<BackupView>>;
  show(id: string): Promise<BackupDetail>;
  /** Reads all of it again. Rejects with QMOI_BACKUP_DAMAGED, which names what is wrong. */
  verify(id: string, progress?: Progress): Promise<BackupDetail>;
  delete(id: string, by: Actor): Promise<void>;
  /** What a restore would do: items now and then, what went forward. Changes nothing. */
  preview(id: string): Promise<{ readonly backup: BackupDetail; readonly runsLost: number; readonly active: number }>;
  /** Replaces what is stored by a backup. Gives the state before back if it fails (QMOI_RESTORE_FAILED). */
  restore(id: string, by: Actor, options?: RestoreOptions): Promise<RestoreReport>;
  /** The restore that is under way or was cut off, if there is one. */
  unfinished(): Promise<{ readonly id: string; readonly backup: string; readonly step: string } | undefined>;
}
