import { BlobTrackStore, CloudWatchAlarms, EventRules, Executions } from "@qmoi/adapters/aws";
import type { Releases } from "@qmoi/core";
import { AuditTracks, type Backups, Modules, schedulerModule } from "@qmoi/runtime";
import { type Commands, commandsOf } from "@qmoi/runtime/commands";
import { openedLate } from "./opened-late.ts";
import { type CloudPlane, openPlane } from "./plane.ts";
import type { CloudSystem } from "./system.ts";

/** The master's commands, carried out by Step Functions. */
export interface CloudCommands {
  readonly commands: Commands;
  readonly modules: Modules;
  readonly backups: Backups;
  readonly tracks: AuditTracks;
  /** Takes the next commands; resolves when their executions have been started. */
  pass(): Promise<void>;
}

export const openCommands = async (system: CloudSystem, opened?: CloudPlane): Promise<CloudCommands> => {
  const { ports, env } = system;
  const base = opened ?? (await openPlane(system));
  const { engine, plane, audit, records, configuration } = base;
  const modules = new Modules(ports);
  // Only some commands make or restore a backup.
  const backups = openedLate<Backups>(async () => (await import("./backups.ts")).openBackups(system, base));
  const releases = openedLate<Releases>(async () => (await import("./releases.ts")).openReleases(env.QMOI_PREFIX), { lasting: true });
  const commands = commandsOf({
    engine,
    rules: new EventRules(env.QMOI_PREFIX),
    alarms: new CloudWatchAlarms(env.QMOI_PREFIX),
    modules,
    audit,
    records,
    releases,
    config: () => configuration.current(),
    backups,
    configuration,
  });
  modules.register(schedulerModule(plane));
  const executions = new Executions(env.QMOI_MACHINE, (command, error) =>
    ports.logger.log("warn", "command not started; the tick repeats it", { command, error }),
  );
  return {
    commands,
    modules,
    backups,
    tracks: new AuditTracks({ store: new BlobTrackStore(ports.blobs), records }),
    pass: async () => {
      await commands.work(executions);
      await executions.settled();
    },
  };
};
