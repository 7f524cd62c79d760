import { MODULES, type ModuleName } from "@qmoi/config";
import type { Item } from "@qmoi/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  COMMAND_NAMES,
  type CommandName,
  type Control,
  controlOf,
  giveBack,
  hold,
  migrationPath,
  moduleRuns,
  type PlanFacts,
  sameControl,
  stopEverything,
  switchOff,
  switchOn,
} from "../index.ts";
import { CONFIRMATION_MS, confirmationToken, estimateDrain, isConfirmed, needsConfirmation, planCommand } from "./index.ts";
import { checkParameters } from "./parameters.ts";

const module = fc.constantFrom(...MODULES);
const control: fc.Arbitrary<Control> = fc.oneof(
  fc.record({ off: fc.uniqueArray(module), discard: fc.boolean() }).map((rest) => controlOf({ mode: "stopped", ...rest })),
  fc.record({ off: fc.uniqueArray(module) }).map((rest) => controlOf({ mode: "running", ...rest })),
);
const runs = (state: Control): readonly ModuleName[] => MODULES.filter((name) => moduleRuns(state, name));

describe("what may start", () => {
  it("is after a stop of all and a start of all what it was before, in whatever order modules come", () => {
    fc.assert(
      fc.property(control, fc.shuffledSubarray([...MODULES], { minLength: MODULES.length }), (before, order) => {
        fc.pre(before.mode === "running");
        const stopped = order.reduce((state, name) => hold(state, name, MODULES), before);
        expect(stopped.mode).toBe("stopped");
        expect(runs(stopped)).toEqual([]);
        expect(order.reduce((state, name) => giveBack(state, name, MODULES), stopped)).toEqual(before);
      }),
    );
  });

  it("never grows while modules are held, nor shrinks while they are given back", () => {
    fc.assert(
      fc.property(control, fc.array(module, { maxLength: 10 }), (start, names) => {
        for (const change of [hold, giveBack]) {
          let state = start;
          for (const name of names) {
            const next = change(state, name, MODULES);
            const [less, more] = change === hold ? [next, state] : [state, next];
            expect(runs(more)).toEqual(expect.arrayContaining([...runs(less)]));
            state = next;
          }
        }
      }),
    );
  });

  it("is nothing after an emergency stop, whatever was before", () => {
    fc.assert(fc.property(control, fc.boolean(), (before, discard) => runs(stopEverything(before, discard)).length === 0));
  });

  it("is changed by one module's switch for that module alone", () => {
    fc.assert(
      fc.property(control, module, (before, name) => {
        expect(runs(switchOff(before, name))).toEqual(runs(before).filter((one) => one !== name));
        expect(sameControl(switchOn(switchOff(before, name), name), switchOn(before, name))).toBe(true);
      }),
    );
  });

  it("remembers with which module each one was stopped, but not another reason than the first", () => {
    const off = switchOff(switchOff({ mode: "running" }, "auto-evolution"), "intelligent-scheduler", "advanced-automation");
    expect(switchOff(off, "auto-evolution", "advanced-automation").off).toEqual({
      "auto-evolution": "auto-evolution",
      "intelligent-scheduler": "advanced-automation",
    });
  });
});

const FACTS: PlanFacts = {
  waves: [["master-automation"], ["advanced-automation", "health-monitor"], ["intelligent-scheduler"]],
  optimizes: new Set(["advanced-automation"]),
  maxConcurrent: 8,
  coordinates: true,
  needs: (name) => (name === "intelligent-scheduler" ? ["advanced-automation"] : []),
  pollSeconds: 1,
  epoch: 3,
  control: { mode: "running" },
  emergency: false,
  commandsEnabled: true,
  emergencyEnabled: true,
  keepsBackups: true,
};
const wavesOf = (name: CommandName, parameters: object = {}, facts: Partial<PlanFacts> = {}) => {
  const planned = planCommand(name, parameters, { ...FACTS, ...facts });
  return "plan" in planned ? planned.plan.waves : planned.refusal.Error;
};

describe("a plan", () => {
  it("starts in waves, stops in the reverse order, and cuts waves where too many would change at once", () => {
    expect(wavesOf("start_all_modules")).toEqual(FACTS.waves);
    expect(wavesOf("stop_all_modules")).toEqual(FACTS.waves.toReversed());
    expect(wavesOf("start_all_modules", {}, { maxConcurrent: 1 })).toEqual([
      ["master-automation"],
      ["advanced-automation"],
      ["health-monitor"],
      ["intelligent-scheduler"],
    ]);
  });

  it("updates the master before all others, whatever the order of starts, and each module once", () => {
    const waves = fc
      .tuple(
        fc.shuffledSubarray([...MODULES], { minLength: 1 }),
        fc.array(fc.nat({ max: 3 }), { minLength: MODULES.length, maxLength: MODULES.length }),
      )
      .map(([all, cuts]) => [...Map.groupBy(all, (_, n) => cuts[n]).values()]);
    fc.assert(
      fc.property(waves, fc.integer({ min: 1, max: 8 }), (starts, maxConcurrent) => {
        const updates = wavesOf("update_system", {}, { waves: starts, maxConcurrent }) as readonly (readonly ModuleName[])[];
        const others = starts.flat().filter((name) => name !== "master-automation");
        expect(updates.flat()).toEqual([...starts.flat().filter((name) => name === "master-automation"), ...others]);
        if (starts.flat().includes("master-automation")) expect(updates[0]).toEqual(["master-automation"]);
        const at = (all: readonly (readonly ModuleName[])[], name: ModuleName): number => all.findIndex((wave) => wave.includes(name));
        for (const a of others)
          for (const b of others) if (at(starts, a) < at(starts, b)) expect(at(updates, a)).toBeLessThan(at(updates, b));
      }),
    );
  });

  it("starts again with a module what was stopped with it, and nothing that was stopped by itself", () => {
    const start = (off: Readonly<Record<string, string>>) =>
      wavesOf("start_module", { module: "advanced-automation" }, { control: { mode: "running", off } });
    const engine = { "advanced-automation": "advanced-automation" };
    expect(start({ ...engine, "intelligent-scheduler": "advanced-automation" })).toEqual([
      ["advanced-automation"],
      ["intelligent-scheduler"],
    ]);
    expect(start({ ...engine, "intelligent-scheduler": "intelligent-scheduler" })).toEqual([["advanced-automation"]]);
  });

  it("coordinates one module with what it needs, and with what needs it", () => {
    expect(wavesOf("start_module", { module: "intelligent-scheduler" })).toEqual([["advanced-automation"], ["intelligent-scheduler"]]);
    expect(wavesOf("stop_module", { module: "advanced-automation" })).toEqual([["intelligent-scheduler"], ["advanced-automation"]]);
    expect(wavesOf("stop_module", { module: "advanced-automation" }, { coordinates: false })).toEqual([["advanced-automation"]]);
  });

  it("leaves out modules that offer nothing to optimize", () => {
    expect(wavesOf("optimize_system")).toEqual([["advanced-automation"]]);
  });

  it("refuses what is off, not there, or needs a reason", () => {
    expect(wavesOf("stop_all_modules", {}, { commandsEnabled: false })).toBe("QMOI_COMMAND_DISABLED");
    expect(wavesOf("emergency_stop", {}, { commandsEnabled: false })).toEqual([]);
    expect(wavesOf("emergency_stop", {}, { emergencyEnabled: false })).toBe("QMOI_COMMAND_DISABLED");
    expect(wavesOf("start_module", { module: "cloud-integration" })).toBe("QMOI_MODULE_NOT_BUILT");
    expect(wavesOf("stop_module", { module: "master-automation" })).toBe("QMOI_INVALID_INPUT");
    expect(wavesOf("start_all_modules", {}, { emergency: true })).toBe("QMOI_REASON_REQUIRED");
    expect(wavesOf("start_all_modules", {}, { emergency: true, reason: "over" })).toEqual(FACTS.waves);
  });

  it("backs up before what changes something, unless it is told not to", () => {
    const needs = (name: CommandName, parameters: object = {}) => {
      const planned = planCommand(name, parameters, FACTS);
      return "plan" in planned && planned.plan.needsBackup;
    };
    expect(COMMAND_NAMES.filter((name) => needs(name, name.endsWith("_module") ? { module: "health-monitor" } : {}))).toEqual([
      "start_all_modules",
      "stop_all_modules",
      "start_module",
      "stop_module",
      "optimize_system",
      "update_system",
    ]);
    expect(needs("stop_all_modules", { backup: false })).toBe(false);
  });
});

describe("parameters", () => {
  it("are strict for each command, with defaults", () => {
    expect(checkParameters("stop_all_modules", undefined)).toEqual({ discard: false, drain: 600, backup: true });
    for (const name of COMMAND_NAMES) expect(() => checkParameters(name, { unknown: 1 })).toThrow(/unknown/);
    expect(() => checkParameters("start_module", { module: "nonsense" })).toThrow(expect.objectContaining({ code: "QMOI_INVALID_INPUT" }));
  });
});

describe("a confirmation", () => {
  const what = { command: "restore_system", parameters: { backup: "b" }, who: "k", epoch: 1 };
  it("holds for what was previewed, by whom, and ten minutes", () => {
    const token = confirmationToken(what, 1000);
    expect(isConfirmed(token, what, 1000 + CONFIRMATION_MS)).toBe(true);
    expect(isConfirmed(token, what, 1001 + CONFIRMATION_MS)).toBe(false);
    for (const other of [{ epoch: 2 }, { who: "l" }, { command: "update_system" }, { parameters: { backup: "c" } }])
      expect(isConfirmed(token, { ...what, ...other }, 1000)).toBe(false);
    expect(isConfirmed(undefined, what, 1000)).toBe(false);
  });

  it("is needed by what destroys or overwrites", () => {
    expect(COMMAND_NAMES.filter((name) => needsConfirmation(name, {}))).toEqual(["update_system", "restore_system"]);
    expect(needsConfirmation("emergency_stop", { discard: true })).toBe(true);
  });
});

describe("a drain", () => {
  it("takes as long as what takes longest, at most to its timeout", () => {
    const work = { elapsed: 5, median: 8, p99: 20, timeout: 60 };
    expect(estimateDrain([])).toEqual({ expected: 0, longest: 0, unknown: 0 });
    expect(estimateDrain([work])).toEqual({ expected: 3, longest: 55, unknown: 0 });
    expect(estimateDrain([work, { ...work, elapsed: 10 }])).toEqual({ expected: 10, longest: 55, unknown: 0 });
    expect(estimateDrain([{ elapsed: 1, timeout: 9, median: undefined, p99: undefined }])).toEqual({ expected: 0, longest: 8, unknown: 1 });
  });
});

describe("migrations", () => {
  const step = (to: number) => ({ to, summary: "", up: (item: Item) => item, down: (item: Item) => item });
  it("lead step by step up, and back the same way", () => {
    const told = (from: number, to: number) =>
      migrationPath([step(3), step(2)], from, to).map(({ direction, reaches, migration }) => [direction, migration.to, reaches]);
    expect(told(1, 3)).toEqual([
      ["up", 2, 2],
      ["up", 3, 3],
    ]);
    expect(told(3, 1)).toEqual([
      ["down", 3, 2],
      ["down", 2, 1],
    ]);
    expect(() => told(1, 4)).toThrow("there is no migration to schema version 4");
  });
});
