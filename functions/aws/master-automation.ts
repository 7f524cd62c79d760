import { once } from "@qmoi/adapters/aws";
import { openCommands } from "./commands.ts";
import { openPlane } from "./plane.ts";
import { serve } from "./serve.ts";
import { openCloud } from "./system.ts";

const system = openCloud();

const open = once(async () => {
  const plane = await openPlane(system);
  // Also tells the audit of changes that a process died over.
  await plane.configuration.refresh();
  const commands = await openCommands(system, plane);
  // Loaded once the tick has done what doesn't need it.
  const backupClock = once(async () => (await import("./backup-clock.ts")).openBackupClock(system, plane, commands));
  return { ...commands, audit: plane.audit, backUp: async () => (await backupClock()).pass() };
});

/** Takes the commands that wait, on the module's schedule, has modules woken that are to work, brings TRACKS.md up to date, and makes the backup that is due. */
export const handler = serve(
  system,
  async () => {
    const { modules, commands, tracks, audit, backUp, pass } = await open();
    await pass();
    await commands.watch();
    await tracks.follow();
    // Functions stand still between their calls, and the authorizer signs nothing.
    await audit.signStored().catch((error) => system.logger.log("warn", "audit head not signed; the next tick tries again", { error }));
    await modules.succeeded("master-automation");
    // Last, because it may take minutes: the next tick comes meanwhile.
    await backUp().catch((error) => system.logger.log("error", "scheduled backup not made; it is tried again", { error }));
  },
  open,
);
