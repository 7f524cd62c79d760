import type { Modules } from "@qmoi/runtime";

export type ModuleHandler = () => Promise<{ readonly ran: boolean }>;

/** The module master-automation on its schedule: carries on commands that a crash cut off, and takes the next ones. It is never stopped. */
export const createMasterAutomationHandler =
  (modules: Pick<Modules, "tick">): ModuleHandler =>
  async () => ({ ran: await modules.tick("master-automation") });
