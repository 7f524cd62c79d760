import { once } from "@qmoi/adapters/aws";
import { Modules, schedulerModule } from "@qmoi/runtime";
import { openPlane } from "./plane.ts";
import { serve } from "./serve.ts";
import { openCloud } from "./system.ts";
import { ownTraining } from "./training.ts";

const system = openCloud({ training: ownTraining });

const open = once(async (): Promise<Modules> => {
  const modules = new Modules(system.ports);
  const { plane } = await openPlane(system);
  modules.register(schedulerModule(plane));
  return modules;
});

/** Learns from history when that is due, unless the module is stopped. */
export const handler = serve(system, async () => ({ ran: await (await open()).tick("intelligent-scheduler") }), open);
