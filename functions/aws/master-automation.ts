import { type CloudCommands, openCommands } from "./commands.ts";
import { serve } from "./serve.ts";
import { openCloud } from "./system.ts";

const system = openCloud();
let opened: Promise<CloudCommands> | undefined;

/** Takes the commands that wait, on the module's schedule, and has modules woken that are to work, and brings TRACKS.md up to date. */
export const handler = serve(system, async () => {
  opened ??= openCommands(system);
  const { modules, commands, tracks, pass } = await opened;
  await pass();
  await commands.watch();
  await tracks.follow();
  await modules.succeeded("master-automation");
});
