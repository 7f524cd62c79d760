import type { Modules } from "@qmoi/runtime";

export type ModuleHandler = () => Promise<{ readonly ran: boolean }>;

/** The module advanced-automation on its schedule: derives again what is stored and works on it, unless it is stopped. */
export const createTaskEngineHandler =
  (modules: Pick<Modules, "tick">): ModuleHandler =>
  async () => ({ ran: await modules.tick("advanced-automation") });
