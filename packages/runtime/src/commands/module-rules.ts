import type { ModuleName } from "@qmoi/config";
import { moduleRuns } from "@qmoi/master-automation";
import { readControl } from "./change-control.ts";
import type { CommandParts } from "./parts.ts";

/**
 * Has rules wake exactly the modules that may work, or still have something running to look after. What may start is the control item's to
 * say: a rule only spares invocations, so whatever goes wrong with one is logged and made right by the next look.
 */
export class ModuleRules {
  readonly #parts: Pick<CommandParts, "rules" | "modules" | "engine">;

  constructor(parts: Pick<CommandParts, "rules" | "modules" | "engine">) {
    this.#parts = parts;
  }

  /** Looks at every module; safe at any time. */
  async settle(): Promise<void> {
    await Promise.all(this.#parts.modules.names.map((module) => this.follow(module)));
  }

  /** Brings a module's rule in line with what may start now. Never rejects. */
  async follow(module: ModuleName): Promise<void> {
    const { rules, engine } = this.#parts;
    // Who carries out commands goes on under a stop: otherwise nobody could lift it.
    if (!rules || module === "master-automation") return;
    const { logger } = engine.ports;
    try {
      const [enabled, wanted] = await Promise.all([rules.isEnabled(module), this.#isWanted(module)]);
      if (enabled === undefined || enabled === wanted) return;
      await rules.set(module, wanted);
      logger.log("info", wanted ? "schedule enabled" : "schedule disabled", { module });
    } catch (error) {
      logger.log("warn", "a module's schedule is not switched; the tick repeats it", { module, error });
    }
  }

  async #isWanted(module: ModuleName): Promise<boolean> {
    const { modules, engine } = this.#parts;
    if (moduleRuns(await readControl(engine.ports), module)) return true;
    return ((await modules.get(module)?.busy?.()) ?? 0) > 0;
  }
}
