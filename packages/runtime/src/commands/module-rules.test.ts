import { MemoryTable } from "@qmoi/adapters";
import type { ModuleName } from "@qmoi/config";
import type { Rules } from "@qmoi/core";
import { type MasterCommand, OPEN, switchOff, switchOn } from "@qmoi/master-automation";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { bareEngine } from "../../../../test/support/bare-engine.ts";
import { endOf, give, masterLab, moduleThat } from "../../../../test/support/master-lab.ts";
import { Modules } from "../modules.ts";
import { changeControl } from "./change-control.ts";
import { ModuleRules } from "./module-rules.ts";

/** Rules in memory, which count what they are asked to do. */
class CountingRules implements Rules {
  readonly enabled = new Map<string, boolean>();
  writes = 0;
  away = false;

  async isEnabled(module: string): Promise<boolean | undefined> {
    if (this.away) throw new Error("away");
    return this.enabled.get(module);
  }

  async set(module: string, enabled: boolean): Promise<void> {
    this.writes++;
    this.enabled.set(module, enabled);
  }
}

const NAMES: readonly ModuleName[] = ["advanced-automation", "intelligent-scheduler"];
let table: MemoryTable;
let rules: CountingRules;
let busy: number;

beforeEach(() => {
  [table, rules, busy] = [new MemoryTable(), new CountingRules(), 0];
  for (const name of NAMES) rules.enabled.set(name, true);
});

const opened = (): ModuleRules => {
  const { engine } = bareEngine(table, async () => ({ ok: true }));
  const modules = new Modules(engine.ports);
  for (const name of NAMES) modules.register(moduleThat(name, async () => ({}), { busy: async () => busy }));
  return new ModuleRules({ rules, modules, engine });
};
const control = async (apply: Parameters<typeof changeControl>[1]["apply"]): Promise<void> => {
  const { engine } = bareEngine(table, async () => ({ ok: true }));
  await changeControl(engine.ports, { apply, by: "c1", who: "w" });
};

describe("the rules of modules", () => {
  it("wake what may work, whatever was switched before, and are written only where they differ", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ module: fc.constantFrom(...NAMES), on: fc.boolean() })),
        fc.boolean(),
        async (steps, byHand) => {
          [table, rules, busy] = [new MemoryTable(), new CountingRules(), 0];
          for (const name of NAMES) rules.enabled.set(name, byHand);
          for (const { module, on } of steps) await control((now) => (on ? switchOn(now, module) : switchOff(now, module)));
          const last = (module: ModuleName): boolean => steps.findLast((step) => step.module === module)?.on ?? true;
          await opened().settle();
          expect(Object.fromEntries(rules.enabled)).toEqual(Object.fromEntries(NAMES.map((name) => [name, last(name)])));
          const { writes } = rules;
          expect(writes).toBe(NAMES.filter((name) => last(name) !== byHand).length);
          await opened().settle();
          expect(rules.writes).toBe(writes);
        },
      ),
      { numRuns: 30 },
    );
  });

  it("go on waking a stopped module while something of it runs: its leases need looking after", async () => {
    await control((now) => switchOff(now, "advanced-automation"));
    busy = 1;
    await opened().settle();
    expect(rules.enabled.get("advanced-automation")).toBe(true);
    busy = 0;
    await opened().settle();
    expect(rules.enabled.get("advanced-automation")).toBe(false);
  });

  it("leave a module alone that has none, and hold nobody up while they are away", async () => {
    rules.enabled.delete("intelligent-scheduler");
    await control(() => ({ ...OPEN, mode: "stopped" }));
    await opened().settle();
    expect([...rules.enabled]).toEqual([["advanced-automation", false]]);
    rules.away = true;
    await opened().settle();
  });

  it("follow the commands, their compensation and the master's tick", async () => {
    const lab = masterLab(table, [moduleThat("intelligent-scheduler", async () => ({}))], { rules });
    await lab.start();
    const state = () => NAMES.map((name) => rules.enabled.get(name));
    const carried = async (command: MasterCommand) => (await endOf(lab, (await give(lab, command)).id)).state;
    expect(await carried({ command: "stop_module", parameters: { module: "intelligent-scheduler" } })).toBe("succeeded");
    expect(state()).toEqual([true, false]);
    expect(await carried({ command: "start_module", parameters: { module: "intelligent-scheduler" } })).toBe("succeeded");
    expect(state()).toEqual([true, true]);
    expect(await carried({ command: "stop_all_modules" })).toBe("succeeded");
    expect(state()).toEqual([false, false]);
    expect(await carried({ command: "start_all_modules" })).toBe("succeeded");
    expect(state()).toEqual([true, true]);
    await give(lab, { command: "emergency_stop", reason: "fire" });
    await lab.modules.tick("master-automation");
    expect(state()).toEqual([false, false]);
    lab.close();
    await lab.log.close();
  });
});
