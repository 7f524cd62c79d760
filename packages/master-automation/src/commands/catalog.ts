import type { CommandName } from "./command-names.ts";

/** What is known of a kind of command before it is given; what it takes is in parameters.ts. */
export interface CommandKind {
  readonly summary: string;
  /** From 1 to 10; the highest goes first. */
  readonly priority: number;
  /** Whether it changes anything, so that a backup comes first (unless the command is one, or makes its own). */
  readonly changes: boolean;
  /** What can't be undone; undefined where a compensation gives everything back. */
  readonly irreversible?: (parameters: { readonly discard?: boolean }) => string | undefined;
}

/** What each command is. */
export const COMMANDS = {
  start_all_modules: {
    summary: "lift a stop: whatever ran before it runs again",
    priority: 8,
    changes: true,
  },
  stop_all_modules: {
    summary: "stop all modules in the reverse order of their start, until start_all_modules",
    priority: 8,
    changes: true,
    irreversible: (given) => (given.discard ? "Running attempts are cancelled; they begin anew after the start." : undefined),
  },
  start_module: {
    summary: "start one module that was stopped by itself",
    priority: 6,
    changes: true,
  },
  stop_module: {
    summary: "stop one module, until start_module",
    priority: 6,
    changes: true,
  },
  optimize_system: {
    summary: "run what each module offers as optimization, and report it",
    priority: 3,
    changes: true,
    irreversible: () => "What has expired is deleted for good.",
  },
  run_health_check: {
    summary: "look at store, schedules, queues, leases, errors, host, modules, configuration and backups",
    priority: 7,
    changes: false,
  },
  emergency_stop: {
    summary: "stop everything with one write, at once; recover by start_all_modules with a reason",
    priority: 10,
    changes: true,
    irreversible: (given) => (given.discard ? "Running attempts are cancelled; they begin anew after the start." : undefined),
  },
  update_system: {
    summary: "bring modules and data to the newest version, wave by wave, with health between",
    priority: 5,
    changes: true,
    irreversible: () => "What the newer version writes is lost if the data must go back to the backup.",
  },
  backup_system: { summary: "write and verify a backup", priority: 5, changes: false },
  restore_system: {
    summary: "replace what is stored by a backup, after a backup of now",
    priority: 5,
    changes: true,
    irreversible: () => "What happened after the backup is only in the backup of now that is made first.",
  },
} as const satisfies Record<CommandName, CommandKind>;

/** Whether the command needs the preview's token. */
export const needsConfirmation = (name: CommandName, parameters: { readonly discard?: boolean }): boolean =>
  name === "restore_system" || name === "update_system" || (name === "emergency_stop" && parameters.discard === true);

/** What of it can't be undone. */
export const irreversibleOf = (name: CommandName, parameters: { readonly discard?: boolean }): string | undefined =>
  (COMMANDS[name] as CommandKind).irreversible?.(parameters);
