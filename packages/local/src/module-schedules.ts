import type { MasterAutomationConfig, ModuleName } from "@qmoi/config";
import { type Clock, type Logger, nextAfter, parseSchedule } from "@qmoi/core";

/** A module that works on a schedule. */
export interface ScheduledModule {
  readonly name: string;
  /** An expression in AWS's grammar, in UTC. */
  readonly schedule: string;
  readonly run: () => Promise<unknown>;
}

/** The modules whose work is a pass on a schedule, and that nobody else in this process wakes. */
export const scheduledModules = (
  { modules }: Pick<MasterAutomationConfig, "modules">,
  tick: (name: ModuleName) => Promise<unknown>,
): ScheduledModule[] =>
  (["intelligent-scheduler"] as const)
    .filter((name) => modules[name].enabled)
    .map((name) => ({ name, schedule: modules[name].schedule, run: () => tick(name) }));

/** Runs each module on its schedule, never beside itself; what it rejects with is logged. Returns a function that ends it. */
export const followSchedules = (modules: readonly ScheduledModule[], clock: Clock, logger: Logger): (() => void) => {
  const cancels = new Map<string, () => void>();
  let ended = false;
  const wait = (module: ScheduledModule, anchor: number): void => {
    const now = clock.now();
    const next = nextAfter(parseSchedule(module.schedule, "UTC", { anchor }), now);
    if (next === undefined || ended) return;
    const work = async (): Promise<void> => {
      try {
        const report = await module.run();
        logger.log("debug", "module ran", { module: module.name, report });
      } catch (error) {
        if (!ended) logger.log("warn", "module failed", { module: module.name, error });
      }
      wait(module, anchor);
    };
    cancels.set(
      module.name,
      clock.after(next - now, () => void work()),
    );
  };
  for (const module of modules) wait(module, clock.now());
  return () => {
    ended = true;
    for (const cancel of cancels.values()) cancel();
  };
};
