import { checkRunInputs } from "@qmoi/config";
import { Modules } from "@qmoi/runtime";
import { openInvocations } from "./invocation.ts";
import { serve } from "./serve.ts";
import { openCloud } from "./system.ts";

const system = openCloud({ checks: { inputs: checkRunInputs } });
const invocationOf = openInvocations(system);

/** Derives everything again from what is stored: whatever an event would have told and didn't is found here. */
export const handler = serve(system, async (_: unknown, context) => {
  await invocationOf(context).tick();
  await new Modules(system.ports).succeeded("advanced-automation");
});
