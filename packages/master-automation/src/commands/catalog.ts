import { MODULES } from "@qmoi/config";
import { validate } from "@qmoi/config/validate";
import * as z from "zod";
import type { CommandName } from "./command-names.ts";

const moduleName = z.enum(MODULES, `module must be one of ${MODULES.join(", ")}.`);
/** Seconds that running work is waited for. A drain that takes longer is told in the evidence, and no failure. */
const drain = z.int().min(0).max(86_400).default(600).describe("Seconds to wait for running work to end.");
const backup = z.boolean().default(true).describe("Whether a backup is made first.");
const discard = z.boolean().default(false).describe("Whether running work is cancelled, rather than let finish.");
const modules = z.array(moduleName).min(1).max(MODULES.length).optional().describe("Only these modules; all otherwise.");

/** What is known of a kind of command before it is given. */
export interface CommandKind<S extends z.ZodType = z.ZodType> {
  readonly summary: string;
  readonly parameters: S;
  /** From 1 to 10; the highest goes first. */
  readonly priority: number;
  /** Whether it changes anything, so that a backup comes first (unless the command is one, or makes its own). */
  readonly changes: boolean;
  /** What can't be undone; undefined where a compensation gives everything back. */
  readonly irreversible?: (parameters: z.output<S>) => string | undefined;
}

const kind = <S extends z.ZodType>(definition: CommandKind<S>): CommandKind<S> => definition;

/** What each command is. */
export const COMMANDS = {
  start_all_modules: kind({
    summary: "lift a stop: whatever ran before it runs again",
    parameters: z.strictObject({ backup }),
    priority: 8,
    changes: true,
  }),
  stop_all_modules: kind({
    summary: "stop all modules in the reverse order of their start, until start_all_modules",
    parameters: z.strictObject({ discard, drain, backup }),
    priority: 8,
    changes: true,
    irreversible: (given) => (given.discard ? "Running attempts are cancelled; they begin anew after the start." : undefined),
  }),
  start_module: kind({
    summary: "start one module that was stopped by itself",
    parameters: z.strictObject({ module: moduleName, backup }),
    priority: 6,
    changes: true,
  }),
  stop_module: kind({
    summary: "stop one module, until start_module",
    parameters: z.strictObject({ module: moduleName, drain, backup }),
    priority: 6,
    changes: true,
  }),
  optimize_system: kind({
    summary: "run what each module offers as optimization, and report it",
    parameters: z.strictObject({ modules, backup }),
    priority: 3,
    changes: true,
    irreversible: () => "What has expired is deleted for good.",
  }),
  run_health_check: kind({
    summary: "look at store, schedules, queues, leases, errors, host, modules, configuration and backups",
    parameters: z.strictObject({ modules }),
    priority: 7,
    changes: false,
  }),
  emergency_stop: kind({
    summary: "stop everything with one write, at once; recover by start_all_modules with a reason",
    parameters: z.strictObject({ discard }),
    priority: 10,
    changes: true,
    irreversible: (given) => (given.discard ? "Running attempts are cancelled; they begin anew after the start." : undefined),
  }),
  update_system: kind({
    summary: "bring modules and data to the newest version, wave by wave, with health between",
    parameters: z.strictObject({ drain, backup }),
    priority: 5,
    changes: true,
    irreversible: () => "What the newer version writes is lost if the data must go back to the backup.",
  }),
  backup_system: kind({ summary: "write and verify a backup", parameters: z.strictObject({}), priority: 5, changes: false }),
  restore_system: kind({
    summary: "replace what is stored by a backup, after a backup of now",
    parameters: z.strictObject({ backup: z.string().min(1).max(100).describe("Id of the backup; `qmoi backup list` shows them.") }),
    priority: 5,
    changes: true,
    irreversible: () => "What happened after the backup is only in the backup of now that is made first.",
  }),
} as const satisfies Record<CommandName, CommandKind>;

export type ParametersOf<N extends CommandName> = z.output<(typeof COMMANDS)[N]["parameters"]>;
export type GivenParametersOf<N extends CommandName> = z.input<(typeof COMMANDS)[N]["parameters"]>;

/** One command with its parameters: what a program gives to `executeMasterCommand`. */
export type MasterCommand = {
  [N in CommandName]: {
    readonly command: N;
    readonly parameters?: GivenParametersOf<N>;
    /** From 1 to 10; what the kind says otherwise. */
    readonly priority?: number;
    readonly reason?: string;
    /** The same key with the same command gives the same execution. */
    readonly idempotencyKey?: string;
    /** The preview's token, for commands that destroy or overwrite. */
    readonly confirm?: string;
  };
}[CommandName];

/** The parameters with their defaults. Errors: QMOI_INVALID_INPUT with the path below `$.parameters`. */
export const checkParameters = <N extends CommandName>(name: N, given: unknown): ParametersOf<N> => {
  const schema = z.object({ parameters: COMMANDS[name].parameters });
  return validate(schema, { parameters: given ?? {} }).parameters as ParametersOf<N>;
};

/** Whether the command needs the preview's token. */
export const needsConfirmation = (name: CommandName, parameters: { readonly discard?: boolean }): boolean =>
  name === "restore_system" || name === "update_system" || (name === "emergency_stop" && parameters.discard === true);

/** What of it can't be undone. */
export const irreversibleOf = (name: CommandName, parameters: unknown): string | undefined =>
  (COMMANDS[name] as CommandKind).irreversible?.(parameters);
