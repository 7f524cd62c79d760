import type { ModuleName } from "@qmoi/config";
import { type Alarms, type Audit, QmoiError, type Releases, type Rules } from "@qmoi/core";
import type { Migration } from "@qmoi/master-automation";
import type { Backups } from "../backup/backups.ts";
import type { Configuration } from "../configuration/configuration.ts";
import type { Engine } from "../engine.ts";
import type { Modules } from "../modules.ts";
import type { Providers } from "../providers.ts";

/** What commands read of the configuration. Read through a function, so that a change takes effect at once. */
export interface CommandSettings {
  /** Modules that are there and enabled, in the order of their start. */
  readonly waves: readonly (readonly ModuleName[])[];
  readonly needs: (module: ModuleName) => readonly ModuleName[];
  /** How often a module works, in ms. */
  readonly everyMs: (module: ModuleName) => number;
  /** When it works, as the configuration says it. */
  readonly scheduleOf: (module: ModuleName) => string;
  readonly maxConcurrent: number;
  readonly coordinates: boolean;
  /** Whether health is verified after each wave. */
  readonly verifiesHealth: boolean;
  readonly commandsEnabled: boolean;
  readonly emergencyEnabled: boolean;
  /** How often a backup is made by itself; absent where none is. */
  readonly backupEveryMs?: number;
  /** Seconds between two looks at a module that is not done. */
  readonly pollSeconds: number;
}

/** Carries out the state machine. */
export interface Executor {
  /** Begins, or goes on with, the execution of a command; returns at once. One that is under way already is left alone. */
  start(command: string): void;
}

/** Finds what the audit has of a subject. */
export interface AuditLookup {
  /** Records of a subject since a time (ms). */
  find(subject: string, since: number): Promise<readonly { readonly action: string; readonly who: string; readonly outcome: string }[]>;
  isWhole(): Promise<boolean>;
}

export interface CommandParts {
  readonly engine: Engine;
  readonly modules: Modules;
  readonly providers: Providers;
  readonly audit: Audit;
  readonly lookup: AuditLookup;
  /** Without it no command makes a backup first. */
  readonly backups?: Backups;
  readonly configuration?: Configuration;
  readonly releases: Releases;
  readonly migrations: readonly Migration[];
  /** Absent where modules are woken by this process. */
  readonly rules?: Rules;
  /** Absent where nothing watches from outside. */
  readonly alarms?: Alarms;
  readonly settings: () => CommandSettings;
}

/** Errors: QMOI_NOT_FOUND where there are none. */
export const backupsOf = ({ backups }: CommandParts): Backups => {
  if (!backups) throw new QmoiError("QMOI_NOT_FOUND", "This system keeps no backups.", { remedy: "Give it a data folder." });
  return backups;
};
