import type { Config } from "@qmoi/config";
import type { Audit, Rules } from "@qmoi/core";
import { createMasterHandler } from "@qmoi/functions/master";
import { MIGRATIONS } from "@qmoi/master-automation";
import {
  type AuditReader,
  type Backups,
  type Configuration,
  type Engine,
  type Modules,
  type Optimization,
  type Releases,
  sweepExpired,
} from "@qmoi/runtime";
import { auditLookup, Commands, commandSettings, everyMs, onlyRelease, taskEngineModule } from "@qmoi/runtime/commands";
import { LocalStateMachine } from "./state-machine.ts";

const DAY_MS = 86_400_000;

export interface MasterParts {
  readonly engine: Engine;
  readonly modules: Modules;
  readonly config: () => Config;
  readonly audit: Audit;
  readonly records: AuditReader;
  readonly backups?: Backups;
  readonly configuration?: Configuration;
  readonly releases?: Releases;
  readonly rules?: Rules;
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

export const openMaster = (parts: MasterParts): Master => {
  const { engine, modules, config, audit, records, backups, configuration, releases = fixedReleases, rules } = parts;
  const { clock, logger } = engine.ports;
  const commands = new Commands({
    engine,
    modules,
    audit,
    lookup: auditLookup(records),
    releases,
    migrations: MIGRATIONS,
    settings: () => commandSettings(config(), modules, clock.now()),
    ...(backups ? { backups } : {}),
    ...(configuration ? { configuration } : {}),
    ...(rules ? { rules } : {}),
  });
  const { table } = engine.ports;
  const sweep = async (): Promise<Optimization> => ({
    what: "answers and failed logins whose time is over are deleted",
    figures: { items: await sweepExpired(engine.ports) },
  });
  modules.register({
    ...commands.module,
    optimize: async () => {
      const tidied = await table.tidy?.();
      return [await sweep(), ...(tidied ? [{ what: "the store's log is folded into its file", figures: tidied }] : [])];
    },
  });
  modules.register(taskEngineModule(engine));
  const machine = new LocalStateMachine({
    handler: createMasterHandler(commands.steps),
    logger,
    ended: () => void commands.pass().catch((error) => logger.log("warn", "commands not looked at; the tick repeats it", { error })),
    ...(parts.waitMs === undefined ? {} : { waitMs: parts.waitMs }),
    ...(parts.retryMs === undefined ? {} : { retryMs: parts.retryMs }),
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
