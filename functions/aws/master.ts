import { createMasterHandler, type MasterHandler } from "../master/handler.ts";
import { openCommands } from "./commands.ts";
import { serve } from "./serve.ts";
import { openCloud } from "./system.ts";
import { ownTraining } from "./training.ts";

const system = openCloud({ training: ownTraining });
let opened: Promise<MasterHandler> | undefined;
const open = (): Promise<MasterHandler> => (opened ??= openCommands(system).then(({ commands }) => createMasterHandler(commands.steps)));

/** The steps of the state machine. */
export const handler = serve(system, async (event: unknown) => (await open())(event), open);
