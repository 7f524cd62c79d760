import { MODULES, type ModuleName } from "@qmoi/config";
import type { Item, JsonObject } from "@qmoi/core";
import { moduleRuns } from "@qmoi/master-automation";
import { type ControlItem, keys } from "./items.ts";
import type { Ports } from "./ports.ts";

/** What one optimization of a module did. */
export interface Optimization {
  readonly what: string;
  /** Figures before and after, or counts of what was done. */
  readonly figures: JsonObject;
}

/** One of the eight systems, as the others see it. */
export interface SystemModule {
  readonly name: ModuleName;
  /** One pass of its work: derives everything again from what is stored. */
  tick(): Promise<unknown>;
  /** Rejects when the module can't do its work. */
  health(): Promise<JsonObject>;
  /** What can be made better now, and was. Absent: it offers nothing. */
  optimize?(): Promise<readonly Optimization[]>;
  /** How much of what it has begun still runs. Absent: it never leaves anything running. */
  busy?(): Promise<number>;
}

interface ModuleItem extends Item {
  readonly at: number;
}

const keyOf = (module: ModuleName) => ({ pk: "MOD", sk: module });

/** The modules that are there. Each is registered once, by whoever puts the system together. */
export class Modules {
  readonly #ports: Pick<Ports, "table" | "clock">;
  readonly #modules = new Map<ModuleName, SystemModule>();

  constructor(ports: Pick<Ports, "table" | "clock">) {
    this.#ports = ports;
  }

  register(module: SystemModule): void {
    if (this.#modules.has(module.name)) throw new Error(`module ${module.name} is registered already`);
    this.#modules.set(module.name, module);
  }

  get(name: ModuleName): SystemModule | undefined {
    return this.#modules.get(name);
  }

  /** In the order in which people list them. */
  get names(): readonly ModuleName[] {
    return MODULES.filter((name) => this.#modules.has(name));
  }

  /** One pass of a module, unless it is stopped; false if it is. Rejects with what the module rejects with. */
  async tick(name: ModuleName): Promise<boolean> {
    const control = (await this.#ports.table.get(keys.control)) as ControlItem | undefined;
    const module = this.#modules.get(name);
    // Who carries out commands goes on under a stop: otherwise nobody could lift it.
    if (!module || (name !== "master-automation" && !moduleRuns(control, name))) return false;
    await module.tick();
    await this.succeeded(name);
    return true;
  }

  /** Notes that a module has done its work now. */
  async succeeded(name: ModuleName): Promise<void> {
    const at = this.#ports.clock.now();
    await this.#ports.table.put({ ...keyOf(name), v: at, at } satisfies ModuleItem);
  }

  /** When a module has last done its work (ms). */
  async lastSuccess(name: ModuleName): Promise<number | undefined> {
    return ((await this.#ports.table.get(keyOf(name))) as ModuleItem | undefined)?.at;
  }
}
