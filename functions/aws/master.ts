import { once } from "@qmoi/adapters/aws";
import { createMasterHandler } from "../master/handler.ts";
import { openCommands } from "./commands.ts";
import { serve } from "./serve.ts";
import { openCloud } from "./system.ts";
import { ownTraining } from "./training.ts";

const system = openCloud({ training: ownTraining });

const open = once(async () => createMasterHandler((await openCommands(system)).commands.steps));

/** The steps of the state machine. */
export const handler = serve(system, async (event: unknown) => (await open())(event), open);
