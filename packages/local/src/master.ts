import type { Releases } from "@qmoi/core";
import { createMasterHandler } from "@qmoi/functions/master";
import { type Modules, type Optimization, sweepExpired } from "@qmoi/runtime";
import { type CommandedSystem, type Commands, commandsOf, everyMs, onlyRelease } from "@qmoi/runtime/commands";
import { LocalStateMachine } from "./state-machine.ts";

const DAY_MS = 86_400_000;

export interface MasterParts extends Omit<CommandedSystem, "optimize" | "releases"> {
  /** Without it this process can't hand over. */
  readonly releases?: Releases;
  /** Milliseconds instead of what the state machine's file says, for tests. */
  readonly waitMs?: number;
  readonly retryMs?: number;
}

/** The master's commands, carried out in this process. */
export interface Master {
  readonly commands: Commands;
  readonly modules: Modules;
  /** Carries out what waits, and looks again on the module's schedule. */
  start(): Promise<void>;
  close(): void;
}

export const openMaster = ({ waitMs, retryMs, releases = fixedReleases, ...system }: MasterParts): Master => {
  const { engine, modules, config } = system;
  const { clock, logger, table } = engine.ports;
  const sweep = async (): Promise<Optimization> => ({
    what: "answers and failed logins whose time is over are deleted",
    figures: { items: await sweepExpired(engine.ports) },
  });
  const commands = commandsOf({
    ...system,
    releases,
    optimize: async () => {
      const tidied = await table.tidy?.();
      return [await sweep(), ...(tidied ? [{ what: "the store's log is folded into its file", figures: tidied }] : [])];
    },
  });
  const machine = new LocalStateMachine({
    handler: createMasterHandler(commands.steps),
    logger,
    ended: () => void commands.pass().catch((error) => logger.log("warn", "commands not looked at; the tick repeats it", { error })),
    ...(waitMs === undefined ? {} : { waitMs }),
    ...(retryMs === undefined ? {} : { retryMs }),
  });
  let cancel = (): void => undefined;
  let closed = false;
  let swept = clock.monotonic();
  /** The master's own work on its schedule; once a day, what has expired goes too. */
  const pass = async (): Promise<void> => {
    await modules.tick("master-automation");
    if (clock.monotonic() - swept < DAY_MS) return;
    swept = clock.monotonic();
    await sweep();
  };
  const next = (): void => {
    if (closed) return;
    cancel = clock.after(everyMs(config(), "master-automation", clock.now()), () => {
      pass()
        .catch((error) => logger.log("warn", "tick failed; the next one repeats it", { error }))
        .finally(next);
    });
  };
  return {
    commands,
    modules,
    start: async () => {
      await commands.work(machine);
      await modules.succeeded("master-automation");
      next();
    },
    close: () => {
      closed = true;
      cancel();
      machine.close();
    },
  };
};

/** A process that can't hand over. */
const fixedReleases = onlyRelease("running", "This process can't hand over to another version.");
