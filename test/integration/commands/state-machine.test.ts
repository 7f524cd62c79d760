import { readFileSync } from "node:fs";
import { MemoryTable } from "@qmoi/adapters";
import type { CommandView, MasterCommand } from "@qmoi/master-automation";
import type { SystemModule } from "@qmoi/runtime";
import { describe, expect, it } from "vitest";
import { endOf, give, masterLab, moduleThat } from "../../support/master-lab.ts";

interface State {
  readonly Type: string;
  readonly [key: string]: unknown;
}
type States = Readonly<Record<string, State>>;

const file = JSON.parse(readFileSync(new URL("../../../stacks/state-machines/master-command.asl.json", import.meta.url), "utf8")) as {
  readonly StartAt: string;
  readonly States: States;
};

const inside = (state: State): readonly { readonly StartAt: string; readonly States: States }[] => {
  const { ItemProcessor, Branches } = state as { ItemProcessor?: typeof file; Branches?: readonly (typeof file)[] };
  return [...(ItemProcessor ? [ItemProcessor] : []), ...(Branches ?? [])];
};
const all = (machine: typeof file): [string, State][] =>
  Object.entries(machine.States).flatMap(([name, state]) => [
    [name, state] as [string, State],
    ...inside(state).flatMap((inner) => all(inner)),
  ]);

/** What the interpreters do alike, by type of state. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  Pass: ["Parameters", "ResultPath", "InputPath", "OutputPath", "Next", "End"],
  Task: ["Resource", "Parameters", "TimeoutSeconds", "Retry", "ResultSelector", "ResultPath", "Catch", "Next", "End"],
  Choice: ["Choices", "Default"],
  Wait: ["SecondsPath", "Next"],
  Map: ["ItemsPath", "MaxConcurrency", "ItemSelector", "ItemProcessor", "ResultPath", "Catch", "Next"],
  Parallel: ["Branches", "ResultSelector", "ResultPath", "Catch", "Next"],
  Succeed: [],
  Fail: ["ErrorPath", "CausePath"],
};

describe("the file of the state machine", () => {
  const states = all(file);

  it("uses only what all interpreters do alike", () => {
    for (const [name, { Type, ...rest }] of states) expect(ALLOWED[Type], name).toEqual(expect.arrayContaining(Object.keys(rest)));
    const text = JSON.stringify(file);
    // Paths into the context other than these differ; so do filters, slices and wildcards, JSONata, variables, and dynamic causes.
    for (const [path] of text.matchAll(/\$\$\.[A-Za-z.]+/g))
      expect(["$$.Execution.Id", "$$.Map.Item.Value", "$$.Map.Item.Index"]).toContain(path);
    expect(text).not.toMatch(/QueryLanguage|"Assign"|\[\*\]|\[\?|\.\.|HeartbeatSeconds|Timestamp|States\.JsonMerge|"IsPresent":false/);
    for (const [intrinsic] of text.matchAll(/States\.[A-Z][A-Za-z]+\(/g))
      expect(["States.ArrayLength(", "States.ArrayGetItem(", "States.MathAdd(", "States.Format("]).toContain(intrinsic);
  });

  it("gives every task a time-out, retries only what a throw means, and catches everything or nothing", () => {
    for (const [name, state] of states) {
      const {
        Retry = [],
        Catch = [],
        TimeoutSeconds,
      } = state as { Retry?: { ErrorEquals: string[] }[]; Catch?: { ErrorEquals: string[] }[]; TimeoutSeconds?: number };
      if (state.Type === "Task") expect(TimeoutSeconds, name).toBeLessThan(900);
      for (const { ErrorEquals } of Retry)
        for (const error of ErrorEquals) expect(error, name).toMatch(/^(States\.TaskFailed|Lambda\.[A-Za-z]+)$/);
      for (const { ErrorEquals } of Catch) expect(ErrorEquals, name).toEqual(["States.ALL"]);
      if (state.Type === "Map" || state.Type === "Parallel") expect(Retry, name).toEqual([]);
    }
  });

  it("leads nowhere that is not there, and every state can be reached", () => {
    const check = (machine: typeof file): void => {
      const targets = new Set([machine.StartAt]);
      for (const state of Object.values(machine.States)) {
        for (const [, next] of JSON.stringify({ ...state, ItemProcessor: 0, Branches: 0 }).matchAll(/"(?:Next|Default)":"([^"]+)"/g))
          targets.add(next as string);
        for (const inner of inside(state)) check(inner);
      }
      expect([...targets].sort()).toEqual(Object.keys(machine.States).sort());
    };
    check(file);
  });
});

/** Carries a command out with modules beside those that are there. */
const carryOut = async (command: MasterCommand, modules: readonly SystemModule[], stopped = false): Promise<CommandView> => {
  const lab = masterLab(new MemoryTable(), modules);
  await lab.start();
  if (stopped) await endOf(lab, (await give(lab, { command: "stop_all_modules" })).id);
  const view = await endOf(lab, (await give(lab, command)).id);
  const { checks } = await lab.commands.verify(view.id);
  expect(checks.filter(({ holds }) => !holds)).toEqual([]);
  lab.close();
  await lab.log.close();
  return view;
};

const well = async (): Promise<Record<string, never>> => ({});
const unwell = async (): Promise<never> => {
  throw new Error("no");
};

describe("an execution", () => {
  it("gives back every wave, the last first, when a module in the middle is not well", async () => {
    const view = await carryOut(
      { command: "start_all_modules" },
      [moduleThat("health-monitor", unwell), moduleThat("intelligent-scheduler", well)],
      true,
    );
    expect(view).toMatchObject({
      state: "compensated",
      failure: { Error: "QMOI_MODULE_UNHEALTHY" },
      evidence: { control: { after: { mode: "stopped" } } },
    });
    const undone = view.steps.filter(({ step }) => step === "undo").map(({ wave }) => wave);
    expect(undone).toEqual(undone.toSorted((a, b) => b - a));
    expect(undone.length).toBeGreaterThan(1);
    expect(view.steps.some(({ module }) => module === "intelligent-scheduler")).toBe(false);
  });

  it("tries a step again that throws what may pass, and then goes on", async () => {
    let left = 1;
    const optimize = async () => {
      if (left-- > 0) throw new (await import("@qmoi/core")).ThrottledError("slowly");
      return [{ what: "nothing", figures: {} }];
    };
    const view = await carryOut({ command: "optimize_system" }, [moduleThat("health-monitor", well, { optimize })]);
    expect(view).toMatchObject({
      state: "succeeded",
      evidence: { report: { optimizations: { "health-monitor": [{ what: "nothing" }] } } },
    });
  });

  it("compensates when a step fails for good", async () => {
    const view = await carryOut({ command: "optimize_system" }, [moduleThat("health-monitor", well, { optimize: unwell })]);
    expect(view).toMatchObject({ state: "compensated", failure: { Error: "QMOI_INTERNAL", Cause: "health-monitor: no" } });
  });

  it("asks a module again until nothing of it runs, and tells what still does when time is up", async () => {
    let busy = 3;
    const slow = moduleThat("health-monitor", well, { busy: async () => Math.max(0, busy--) });
    expect(await carryOut({ command: "stop_module", parameters: { module: "health-monitor" } }, [slow])).toMatchObject({
      state: "succeeded",
    });
    const never = moduleThat("health-monitor", well, { busy: async () => 1 });
    const view = await carryOut({ command: "stop_module", parameters: { module: "health-monitor", drain: 1 } }, [never]);
    expect(view.steps.find(({ module }) => module === "health-monitor")).toMatchObject({ status: "done", after: { busy: 1 } });
  });

  it("refuses what can't be planned", async () => {
    const view = await carryOut({ command: "stop_module", parameters: { module: "cloud-integration" } }, []);
    expect(view).toMatchObject({ state: "refused", failure: { Error: "QMOI_MODULE_NOT_BUILT" }, evidence: { steps: [] } });
  });

  it("has modules of a wave act side by side", async () => {
    let [now, most] = [0, 0];
    const optimize = async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 20));
      now--;
      return [];
    };
    await carryOut({ command: "optimize_system" }, [
      moduleThat("health-monitor", well, { optimize }),
      moduleThat("parallel-error-fixer", well, { optimize }),
    ]);
    expect(most).toBe(2);
  });
});
