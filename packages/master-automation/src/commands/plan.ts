import type { ModuleName } from "@qmoi/config";
import { COMMANDS } from "./catalog.ts";
import type { StepFailure } from "./command.ts";
import type { CommandName } from "./command-names.ts";
import { type Control, offOf } from "./control.ts";

/** How a module that is not done at once is asked again: every so many seconds, so often at most. */
export interface Poll {
  readonly seconds: number;
  readonly max: number;
}

export interface CommandPlan {
  /** One after another, the modules of one side by side. */
  readonly waves: readonly (readonly ModuleName[])[];
  readonly needsBackup: boolean;
  readonly poll: Poll;
  /** What held when it was planned. */
  readonly epoch: number;
  readonly control: Control;
}

export interface PlanFacts {
  /** Modules that are there and enabled, in the order of their start. */
  readonly waves: readonly (readonly ModuleName[])[];
  /** Modules with optimizations of their own. */
  readonly optimizes: ReadonlySet<ModuleName>;
  readonly maxConcurrent: number;
  /** Whether a command for one module also concerns those that it needs, or that need it. */
  readonly coordinates: boolean;
  readonly needs: (module: ModuleName) => readonly ModuleName[];
  readonly pollSeconds: number;
  readonly epoch: number;
  readonly control: Control;
  /** Whether the state is an emergency stop's, which a person must give a reason to leave. */
  readonly emergency: boolean;
  /** The command's reason. */
  readonly reason?: string;
  readonly commandsEnabled: boolean;
  readonly emergencyEnabled: boolean;
  readonly keepsBackups: boolean;
}

export type Planned = { readonly plan: CommandPlan } | { readonly refusal: StepFailure };

/** Most times that one module is asked: each costs eleven events of an execution's 25,000. */
const MOST_POLLS = 1_800;

/** A version that has not begun to serve by then, once it may, doesn't. */
const STARTING_S = 240;

const refuse = (code: string, cause: string): Planned => ({ refusal: { Error: code, Cause: cause } });

/** What a command would do and in which order, or why it may not. */
export const planCommand = (name: CommandName, parameters: CommandParameters, facts: PlanFacts): Planned => {
  if (name === "emergency_stop" ? !facts.emergencyEnabled : !facts.commandsEnabled)
    return refuse(
      "QMOI_COMMAND_DISABLED",
      name === "emergency_stop"
        ? "emergency_stop_enabled is false in master_automation_config.json."
        : "master_commands_enabled is false in master_automation_config.json.",
    );
  const there = facts.waves.flat();
  const unknown = [parameters.module, ...(parameters.modules ?? [])].find((one) => one !== undefined && !there.includes(one));
  if (unknown !== undefined)
    return refuse("QMOI_MODULE_NOT_BUILT", `The module ${unknown} is not there: it is not built yet, or not enabled.`);
  if (name === "stop_module" && parameters.module === "master-automation")
    return refuse("QMOI_INVALID_INPUT", "master-automation carries out commands, the start of others too: it can't be stopped by itself.");
  if (name === "start_all_modules" && facts.emergency && facts.reason === undefined)
    return refuse("QMOI_REASON_REQUIRED", "After an emergency stop, start_all_modules needs a reason.");
  const seconds = facts.pollSeconds;
  // Another version needs time to start, besides what is waited for.
  const wait = (parameters.drain ?? 600) + (name === "update_system" ? STARTING_S : 0);
  return {
    plan: {
      waves: slices(wavesOf(name, parameters, facts), facts.maxConcurrent),
      needsBackup:
        facts.keepsBackups &&
        COMMANDS[name].changes &&
        name !== "restore_system" &&
        name !== "emergency_stop" &&
        parameters.backup !== false,
      poll: { seconds, max: Math.min(MOST_POLLS, Math.max(1, Math.ceil(wait / seconds))) },
      epoch: facts.epoch,
      control: facts.control,
    },
  };
};

/** The parameters that plans look at. */
export interface CommandParameters {
  readonly module?: ModuleName;
  readonly modules?: readonly ModuleName[];
  readonly discard?: boolean;
  readonly drain?: number;
  readonly backup?: boolean | string;
}

const wavesOf = (name: CommandName, parameters: CommandParameters, facts: PlanFacts): readonly (readonly ModuleName[])[] => {
  const { waves } = facts;
  const only = (wanted: ReadonlySet<ModuleName>) =>
    waves.map((wave) => wave.filter((one) => wanted.has(one))).filter((wave) => wave.length > 0);
  const named = parameters.modules === undefined ? new Set(waves.flat()) : new Set(parameters.modules);
  switch (name) {
    case "start_all_modules":
      return waves;
    case "update_system":
      return masterFirst(waves);
    case "stop_all_modules":
      return waves.toReversed();
    case "start_module":
      return only(facts.coordinates ? closure(parameters.module, startsToo(facts), waves.flat()) : single(parameters.module));
    case "stop_module": {
      const needers = (module: ModuleName) => waves.flat().filter((one) => facts.needs(one).includes(module));
      return only(facts.coordinates ? closure(parameters.module, needers, waves.flat()) : single(parameters.module)).toReversed();
    }
    case "run_health_check":
      return only(named);
    case "optimize_system":
      return only(new Set([...named].filter((one) => facts.optimizes.has(one))));
    case "emergency_stop":
      return [];
    case "backup_system":
    case "restore_system":
      return [["master-automation"]];
  }
};

/** The code that carries out commands is the newest before any other is, whatever the order of starts: only it knows the data's last steps. */
const masterFirst = (waves: readonly (readonly ModuleName[])[]): readonly (readonly ModuleName[])[] => {
  const master: ModuleName = "master-automation";
  const others = waves.map((wave) => wave.filter((module) => module !== master));
  return [[master], ...others].filter((wave) => wave.some((module) => waves.flat().includes(module)));
};

/** A module starts what it needs, and again what was stopped with it. */
const startsToo = ({ needs, control }: PlanFacts): ((module: ModuleName) => readonly ModuleName[]) => {
  const off = Object.entries(offOf(control)) as [ModuleName, string][];
  return (module) => [...needs(module), ...off.flatMap(([other, stopped]) => (stopped === module ? [other] : []))];
};

const single = (module: ModuleName | undefined): ReadonlySet<ModuleName> => new Set(module === undefined ? [] : [module]);

/** A module and everything that `next` leads to from it, among those that are there. */
const closure = (
  module: ModuleName | undefined,
  next: (module: ModuleName) => readonly ModuleName[],
  there: readonly ModuleName[],
): ReadonlySet<ModuleName> => {
  const found = new Set<ModuleName>();
  const visit = (one: ModuleName): void => {
    if (found.has(one) || !there.includes(one)) return;
    found.add(one);
    for (const other of next(one)) visit(other);
  };
  if (module !== undefined) visit(module);
  return found;
};

/** Cuts waves so that none has more than `most` modules. */
const slices = <T>(waves: readonly (readonly T[])[], most: number): readonly (readonly T[])[] =>
  waves.flatMap((wave) => Array.from({ length: Math.ceil(wave.length / most) }, (_, n) => wave.slice(n * most, (n + 1) * most)));
