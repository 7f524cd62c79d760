import { type CloudCommands, openCommands } from "./commands.ts";
import { openPlane } from "./plane.ts";
import { serve } from "./serve.ts";
import { openCloud } from "./system.ts";

const system = openCloud();
let opened: Promise<CloudCommands> | undefined;

const open = async (): Promise<CloudCommands> => {
  const plane = await openPlane(system);
  // Also tells the audit of changes that a process died over.
  await plane.configuration.refresh();
  return openCommands(system, plane);
};

/** Takes the commands that wait, on the module's schedule, and has modules woken that are to work, and brings TRACKS.md up to date. */
export const handler = serve(system, async () => {
  opened ??= open();
  const { modules, commands, tracks, pass } = await opened;
  await pass();
  await commands.watch();
  await tracks.follow();
  await modules.succeeded("master-automation");
});
