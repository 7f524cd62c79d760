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

/** What each command takes. */
export const PARAMETERS = {
  start_all_modules: z.strictObject({ backup }),
  stop_all_modules: z.strictObject({ discard, drain, backup }),
  start_module: z.strictObject({ module: moduleName, backup }),
  stop_module: z.strictObject({ module: moduleName, drain, backup }),
  optimize_system: z.strictObject({ modules, backup }),
  run_health_check: z.strictObject({ modules }),
  emergency_stop: z.strictObject({ discard }),
  update_system: z.strictObject({ drain, backup }),
  backup_system: z.strictObject({}),
  restore_system: z.strictObject({ backup: z.string().min(1).max(100).describe("Id of the backup; `qmoi backup list` shows them.") }),
} as const satisfies Record<CommandName, z.ZodType>;

export type ParametersOf<N extends CommandName> = z.output<(typeof PARAMETERS)[N]>;
export type GivenParametersOf<N extends CommandName> = z.input<(typeof PARAMETERS)[N]>;

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
  const schema = z.object({ parameters: PARAMETERS[name] as z.ZodType });
  return validate(schema, { parameters: given ?? {} }).parameters as ParametersOf<N>;
};
