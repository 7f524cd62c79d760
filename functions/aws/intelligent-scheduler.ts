import { type CloudCommands, openCommands } from "./commands.ts";
import { openCloud } from "./system.ts";
import { ownTraining } from "./training.ts";

const system = openCloud({ training: ownTraining });
let opened: Promise<CloudCommands> | undefined;

/** Learns from history when that is due, unless the module is stopped. */
export const handler = async (): Promise<{ readonly ran: boolean }> => {
  opened ??= openCommands(system);
  const { modules } = await opened;
  return { ran: await modules.tick("intelligent-scheduler") };
};
