import { type CloudCommands, openCommands } from "./commands.ts";
import { serve } from "./serve.ts";
import { openCloud } from "./system.ts";
import { ownTraining } from "./training.ts";

const system = openCloud({ training: ownTraining });
let opened: Promise<CloudCommands> | undefined;

/** Learns from history when that is due, unless the module is stopped. */
export const handler = serve(system, async () => {
  opened ??= openCommands(system);
  const { modules } = await opened;
  return { ran: await modules.tick("intelligent-scheduler") };
});
