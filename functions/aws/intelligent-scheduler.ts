import { Modules, schedulerModule } from "@qmoi/runtime";
import { openPlane } from "./plane.ts";
import { serve } from "./serve.ts";
import { openCloud } from "./system.ts";
import { ownTraining } from "./training.ts";

const system = openCloud({ training: ownTraining });
let opened: Promise<Modules> | undefined;

const open = async (): Promise<Modules> => {
  const modules = new Modules(system.ports);
  const { plane } = await openPlane(system);
  modules.register(schedulerModule(plane));
  return modules;
};

/** Learns from history when that is due, unless the module is stopped. */
export const handler = serve(system, async () => {
  opened ??= open();
  return { ran: await (await opened).tick("intelligent-scheduler") };
});
