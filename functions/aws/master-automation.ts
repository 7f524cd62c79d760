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
  return { ...(await openCommands(system, plane)), audit: plane.audit };
});

/** Takes the commands that wait, on the module's schedule, and has modules woken that are to work, and brings TRACKS.md up to date. */
export const handler = serve(
  system,
  async () => {
    const { modules, commands, tracks, audit, pass } = await open();
    await pass();
    await commands.watch();
    await tracks.follow();
    // Functions stand still between their calls, and the authorizer signs nothing.
    await audit.signStored().catch((error) => system.logger.log("warn", "audit head not signed; the next tick tries again", { error }));
    await modules.succeeded("master-automation");
  },
  open,
);
