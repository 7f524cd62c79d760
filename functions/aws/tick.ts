import type { Context } from "aws-lambda";
import { openCloud } from "./system.ts";

const system = openCloud();

/** Derives everything again from what is stored: whatever an event would have told and didn't is found here. */
export const handler = (_: unknown, context: Context): Promise<void> => system.invocation(() => context.getRemainingTimeInMillis()).tick();
