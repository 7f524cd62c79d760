import { type CloudCommands, openCommands } from "./commands.ts";
import { serve } from "./serve.ts";
import { openCloud } from "./system.ts";

const system = openCloud();
let opened: Promise<CloudCommands> | undefined;

/** Takes the commands that wait, on the module's schedule, and has modules woken that are to work. */
export const handler = serve(system, async () => {
  opened ??= openCommands(system);
  const { modules, commands, pass } = await opened;
  await pass();
  await commands.watch();
  await modules.succeeded("master-automation");
});
