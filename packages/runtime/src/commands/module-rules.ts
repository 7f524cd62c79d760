import type { ModuleName } from "@qmoi/config";
import { moduleRuns } from "@qmoi/master-automation";
import { readControl } from "./change-control.ts";
import type { CommandParts } from "./parts.ts";

type Parts = Pick<CommandParts, "rules" | "modules" | "engine" | "settings">;

/**
 * Has rules wake exactly the modules that may work, or still have something running to look after, when the configuration says. What may start
 * is the control item's to say: a rule only spares invocations, so whatever goes wrong with one is logged and made right by the next look.
 */
export class ModuleRules {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Looks at every module; safe at any time. */
  async settle(): Promise<void> {
    await Promise.all(this.#parts.modules.names.map((module) => this.follow(module)));
  }

  /** Brings a module's rule in line with what may start now. Never rejects. */
  async follow(module: ModuleName): Promise<void> {
    const { rules, engine, settings } = this.#parts;
    if (!rules) return;
    const { logger } = engine.ports;
    try {
      const [was, enabled] = await Promise.all([rules.read(module), this.#isWanted(module)]);
      const schedule = settings().scheduleOf(module);
      if (!was || (was.enabled === enabled && was.schedule === schedule)) return;
      await rules.write(module, { enabled, schedule }, was);
      logger.log("info", enabled ? "schedule enabled" : "schedule disabled", { module, schedule });
    } catch (error) {
      logger.log("warn", "a module's schedule is not followed; the tick repeats it", { module, error });
    }
  }

  async #isWanted(module: ModuleName): Promise<boolean> {
    const { modules, engine } = this.#parts;
    // Who carries out commands goes on under a stop: otherwise nobody could lift it.
    if (module === "master-automation" || moduleRuns(await readControl(engine.ports), module)) return true;
    return ((await modules.get(module)?.busy?.()) ?? 0) > 0;
  }
}
