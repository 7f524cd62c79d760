import { MemoryTable } from "@qmoi/adapters";
import type { ModuleName } from "@qmoi/config";
import { loadConfig } from "@qmoi/config/schemas";
import type { Rules, WakeRule } from "@qmoi/core";
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
  readonly rules = new Map<string, WakeRule>();
  writes = 0;
  away = false;

  async read(module: string): Promise<WakeRule | undefined> {
    if (this.away) throw new Error("away");
    return this.rules.get(module);
  }

  async write(module: string, rule: WakeRule): Promise<void> {
    this.writes++;
    this.rules.set(module, rule);
  }

  has(module: string, enabled: boolean): void {
    this.rules.set(module, { enabled, schedule: scheduleOf(module as ModuleName) });
  }

  get enabled(): ReadonlyMap<string, boolean> {
    return new Map([...this.rules].map(([module, { enabled }]) => [module, enabled]));
  }
}

const { modules: SETTINGS } = loadConfig(() => undefined).master;
const scheduleOf = (module: ModuleName): string => SETTINGS[module].schedule;
const NAMES: readonly ModuleName[] = ["advanced-automation", "intelligent-scheduler"];
let table: MemoryTable;
let rules: CountingRules;
let busy: number;
let schedules: (module: ModuleName) => string;

beforeEach(() => {
  [table, rules, busy, schedules] = [new MemoryTable(), new CountingRules(), 0, scheduleOf];
  for (const name of NAMES) rules.has(name, true);
});

const opened = (): ModuleRules => {
  const { engine } = bareEngine(table, async () => ({ ok: true }));
  const modules = new Modules(engine.ports);
  for (const name of NAMES) modules.register(moduleThat(name, async () => ({}), { busy: async () => busy }));
  return new ModuleRules({ rules, modules, engine, settings: () => ({ scheduleOf: schedules }) as never });
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
          for (const name of NAMES) rules.has(name, byHand);
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

  it("follow the schedule of the configuration, also the master's own, which they never switch off", async () => {
    for (const name of ["master-automation", ...NAMES]) rules.has(name, true);
    await control(() => ({ ...OPEN, mode: "stopped" }));
    schedules = (module) => (module === "intelligent-scheduler" ? "rate(7 minutes)" : scheduleOf(module));
    const { engine } = bareEngine(table, async () => ({ ok: true }));
    const modules = new Modules(engine.ports);
    for (const name of ["master-automation", ...NAMES] as const) modules.register(moduleThat(name, async () => ({})));
    await new ModuleRules({ rules, modules, engine, settings: () => ({ scheduleOf: schedules }) as never }).settle();
    expect(rules.rules).toEqual(
      new Map([
        ["advanced-automation", { enabled: false, schedule: "rate(1 minute)" }],
        ["intelligent-scheduler", { enabled: false, schedule: "rate(7 minutes)" }],
        ["master-automation", { enabled: true, schedule: "rate(1 minute)" }],
      ]),
    );
  });

  it("leave a module alone that has none, and hold nobody up while they are away", async () => {
    rules.rules.delete("intelligent-scheduler");
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
