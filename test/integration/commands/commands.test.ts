import type { LocalSystem } from "@qmoi/local";
import { afterEach, describe, expect, it } from "vitest";
import { call } from "../../support/laptop.ts";
import { BY, carryOut, ended, openSystem, until } from "./support.ts";

let system: LocalSystem;
afterEach(() => system.stop());

describe("start and stop of all modules", () => {
  it("stop holds everything until start gives back exactly what ran before", async () => {
    system = await openSystem();
    const { plane, services } = system;
    await plane.publish({ name: "w", tasks: [{ name: "a", target: call("noop") }] });
    await carryOut(system, { command: "stop_module", parameters: { module: "advanced-automation" } });
    await carryOut(system, { command: "start_module", parameters: { module: "advanced-automation" } });
    const stopped = await carryOut(system, { command: "stop_all_modules", reason: "maintenance" });
    expect(stopped).toMatchObject({ state: "succeeded", evidence: { control: { after: { mode: "stopped" } }, stillRunning: 0 } });
    const { run } = await plane.startRun({ workflow: "w" });
    expect((await plane.explain(run, "a")).reasons[0]).toMatchObject({ kind: "stopped", text: "The system is stopped: maintenance." });
    const started = await carryOut(system, { command: "start_all_modules" });
    expect(started.evidence?.control.after).toEqual(stopped.evidence?.control.before);
    await until(async () => (await plane.run(run)).endedAt !== undefined);
    for (const { id } of [stopped, started]) {
      const { checks, holds } = await services.commands.verify(id);
      expect(checks.filter((check) => !check.holds)).toEqual([]);
      expect(holds).toBe(true);
    }
  });
});

describe("an emergency stop", () => {
  it("overtakes what runs, and needs a reason to be lifted", async () => {
    system = await openSystem({ slow: (_, { signal }) => new Promise((resolve) => signal.addEventListener("abort", () => resolve(null))) });
    const {
      plane,
      services: { commands },
    } = system;
    await plane.publish({ name: "w", tasks: [{ name: "a", target: call("slow") }] });
    const { run } = await plane.startRun({ workflow: "w" });
    await until(async () => (await plane.run(run)).tasks.running === 1);
    const waiting = await commands.submit({ command: "stop_all_modules" }, BY);
    await until(async () => (await commands.get(waiting.id)).steps.some(({ after }) => after !== undefined));
    const stop = await commands.submit({ command: "emergency_stop", reason: "fire" }, BY);
    expect(await commands.state()).toMatchObject({ mode: "stopped", emergency: true, reason: "fire" });
    expect(await ended(system, waiting.id)).toMatchObject({ state: "failed", failure: { Error: "QMOI_COMMAND_OVERTAKEN" } });
    const done = await ended(system, stop.id);
    expect(done).toMatchObject({
      state: "succeeded",
      evidence: { stillRunning: 1, lastStartBefore: { task: "a" }, firstStartAfter: null },
    });
    expect(await carryOut(system, { command: "start_all_modules" })).toMatchObject({
      state: "refused",
      failure: { Error: "QMOI_REASON_REQUIRED" },
    });
    expect(await carryOut(system, { command: "start_all_modules", reason: "fire is out" })).toMatchObject({ state: "succeeded" });
    expect(await commands.state()).toMatchObject({ mode: "running", emergency: false });
    expect((await commands.verify(stop.id)).checks.filter((check) => !check.holds)).toEqual([]);
    await plane.cancel(run);
  });
});
