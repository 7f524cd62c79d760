import type { Config } from "@qmoi/config";
import { MIGRATIONS } from "@qmoi/master-automation";
import type { AuditReader } from "../audit/audit-reader.ts";
import type { SystemModule } from "../modules.ts";
import { Providers } from "../providers.ts";
import { taskEngineModule } from "../task-engine-module.ts";
import { auditLookup, commandSettings } from "./command-settings.ts";
import { Commands } from "./commands.ts";
import type { CommandParts } from "./parts.ts";

/** What a system has that takes commands, wherever it runs. */
export interface CommandedSystem extends Omit<CommandParts, "lookup" | "migrations" | "providers" | "settings"> {
  readonly records: AuditReader;
  readonly config: () => Config;
  /** What the master offers as optimization here. */
  readonly optimize?: NonNullable<SystemModule["optimize"]>;
}

/** The commands of a system, whose modules then have those that every system has: the master itself, and the task engine. */
export const commandsOf = ({ records, config, optimize, ...parts }: CommandedSystem): Commands => {
  const { engine, modules } = parts;
  const commands = new Commands({
    ...parts,
    lookup: auditLookup(records),
    migrations: MIGRATIONS,
    providers: new Providers(engine.ports, config),
    settings: () => commandSettings(config(), modules, engine.ports.clock.now()),
  });
  modules.register({ ...commands.module, ...(optimize ? { optimize } : {}) });
  modules.register(taskEngineModule(engine));
  return commands;
};
