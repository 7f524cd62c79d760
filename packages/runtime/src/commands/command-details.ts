import { type VersionChange, versionChanges } from "@qmoi/core";
import type { CommandName, CommandParameters, CommandPlan } from "@qmoi/master-automation";
import { schemaVersion } from "./migrate.ts";
import { backupsOf, type CommandParts } from "./parts.ts";

/** What a command says for itself before it is given: what a restore takes back, and from where to where an update leads. */
export const detailsOf = async (
  parts: CommandParts,
  name: CommandName,
  parameters: CommandParameters,
  waves: CommandPlan["waves"],
): Promise<unknown> => {
  if (name === "restore_system") return backupsOf(parts).preview(String(parameters.backup));
  return name === "update_system" ? updateDetails(parts, waves) : undefined;
};

/** From where to where an update leads. */
interface UpdateDetails {
  /** What moves, in the order in which it does; waves count from 1. */
  readonly moves: readonly ({ readonly wave: number; readonly module: string } & VersionChange)[];
  /** Of the data, now. */
  readonly schema: number;
  /** What the code that is asked knows to do to the data. */
  readonly steps: readonly string[];
}

const updateDetails = async (
  { engine, releases, migrations }: Pick<CommandParts, "engine" | "releases" | "migrations">,
  waves: CommandPlan["waves"],
): Promise<UpdateDetails> => {
  const schema = await schemaVersion(engine.ports);
  const changes = waves.flatMap((wave, n) =>
    wave.map(async (module) => {
      const found = versionChanges(await releases.running(module), await releases.newest(module));
      return found.map((change) => ({ wave: n + 1, module, ...change }));
    }),
  );
  const steps = migrations.filter(({ to }) => to > schema).map(({ to, summary }) => `schema ${to}: ${summary}`);
  return { moves: (await Promise.all(changes)).flat(), schema, steps };
};
