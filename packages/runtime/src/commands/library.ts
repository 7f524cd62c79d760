import { type Actor, type Clock, sleep } from "@qmoi/core";
import { type CommandView, hasCommandEnded, type MasterCommand } from "@qmoi/master-automation";
import type { Commands } from "./commands.ts";

const LOOK_MS = 50;

/** Accepts a command and queues it. Errors: those of `Commands.submit`. */
export const registerMasterCommand = (
  commands: Commands,
  command: MasterCommand,
  actor: Actor,
): Promise<CommandView & { readonly created: boolean }> => commands.submit(command, actor);

/** Accepts a command and resolves once it has ended, however it did: see its `state`. `confirmed` previews and confirms by itself. */
export const executeMasterCommand = async (
  commands: Commands,
  command: MasterCommand,
  actor: Actor,
  { clock, confirmed = false }: { readonly clock: Clock; readonly confirmed?: boolean },
): Promise<CommandView> => {
  const confirm = confirmed ? (await commands.preview(command, actor)).confirm : undefined;
  const { id } = await registerMasterCommand(commands, confirm === undefined ? command : { ...command, confirm }, actor);
  for (;;) {
    const view = await commands.get(id);
    if (hasCommandEnded(view.state)) return view;
    await sleep(clock, LOOK_MS);
  }
};
