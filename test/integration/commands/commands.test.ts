import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryTable, SystemClock } from "@qmoi/adapters";
import { createClient } from "@qmoi/client";
import type { Logger } from "@qmoi/core";
import { type LocalSystem, openLocal, startLocalServer } from "@qmoi/local";
import type { MasterCommand } from "@qmoi/master-automation";
import { type AttemptItem, keys } from "@qmoi/runtime";
import { executeMasterCommand, registerMasterCommand } from "@qmoi/runtime/commands";
import { afterEach, describe, expect, it } from "vitest";
import { runCli } from "../../../packages/cli/src/testing/run-cli.ts";
import { call } from "../../support/laptop.ts";
import { endOf, give, masterLab, moduleThat } from "../../support/master-lab.ts";
import { BY, carryOut, ended, openSystem, until } from "./support.ts";

let system: LocalSystem | undefined;
afterEach(async () => {
  await system?.stop();
  system = undefined;
});

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

describe("a program", () => {
  it("gives a command and waits for its end, or only queues it; the same key gives the same", async () => {
    system = await openSystem();
    const { commands } = system.services;
    const { clock } = system.engine.ports;
    const stop: MasterCommand = {
      command: "stop_module",
      parameters: { module: "intelligent-scheduler" },
      reason: "quiet",
      idempotencyKey: "k",
    };
    expect(await executeMasterCommand(commands, stop, BY, { clock })).toMatchObject({ state: "succeeded", reason: "quiet" });
    expect(await registerMasterCommand(commands, stop, BY)).toMatchObject({ created: false, state: "succeeded" });
    expect((await commands.state()).off).toEqual({ "intelligent-scheduler": "intelligent-scheduler" });
    // What overwrites needs a confirmation; `confirmed` asks for the preview and confirms.
    await expect(executeMasterCommand(commands, { command: "update_system" }, BY, { clock })).rejects.toMatchObject({
      code: "QMOI_CONFIRMATION_REQUIRED",
    });
    expect(await executeMasterCommand(commands, { command: "update_system" }, BY, { clock, confirmed: true })).toMatchObject({
      state: "succeeded",
    });
    const viewer = { who: { id: "v", kind: "key", role: "operator" } } as const;
    await expect(registerMasterCommand(commands, { command: "run_health_check" }, viewer)).rejects.toMatchObject({
      code: "QMOI_FORBIDDEN",
    });
  });
});

describe("the queue", () => {
  it("goes by priority, then by age, one at a time", async () => {
    const table = new MemoryTable();
    let [now, most] = [0, 0];
    const optimize = async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 5));
      now--;
      return [];
    };
    const lab = masterLab(table, [moduleThat("health-monitor", async () => ({}), { optimize })]);
    const names: MasterCommand[] = [
      { command: "optimize_system", reason: "3, its own" },
      { command: "optimize_system", priority: 9, reason: "9" },
      { command: "optimize_system", reason: "3 as well, later" },
      { command: "run_health_check", reason: "7, its own" },
      { command: "optimize_system", priority: 10, reason: "10" },
    ];
    const ids: string[] = [];
    for (const command of names) {
      ids.push((await give(lab, command)).id);
      // Of two that came in the same millisecond neither is the older one.
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await lab.start();
    const views = await Promise.all(ids.map((id) => endOf(lab, id)));
    const order = views.toSorted((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0)).map(({ reason }) => reason);
    expect(order).toEqual(["10", "9", "7, its own", "3, its own", "3 as well, later"]);
    for (const [n, view] of views.toSorted((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0)).entries())
      if (n > 0)
        expect(view.startedAt).toBeGreaterThanOrEqual(
          Math.max(...views.filter((one) => (one.endedAt ?? 0) < (view.endedAt ?? 0)).map((one) => one.endedAt ?? 0)),
        );
    expect(most).toBe(1);
    lab.close();
    await lab.log.close();
  });
});

describe("a module that fails in the middle of a wave", () => {
  it("is told by API and command line alike, with what was undone", async () => {
    const dataDir = mkdtempSync(join(tmpdir(), "qmoi-failing-"));
    const sick = async (): Promise<never> => {
      throw new Error("no disk");
    };
    const modules = [moduleThat("health-monitor", sick), moduleThat("cloud-integration", async () => ({}))];
    const clock = new SystemClock();
    const open = async (logger: Logger) => {
      system = await openLocal({ dataDir, logger, modules, env: {}, paces: { waitMs: 10, retryMs: 5 } });
      return system;
    };
    const server = await startLocalServer({ dataDir, version: "test", clock, port: 0, open });
    const cli = async (...args: string[]) => {
      const { code, out } = await runCli(["command", ...args, "--data", dataDir, "--json"]);
      return { code, said: JSON.parse(out) };
    };
    try {
      expect(await cli("stop_all_modules")).toMatchObject({ code: 0, said: { state: "succeeded" } });
      const client = createClient({ url: server.url, key: server.key() });
      const { id } = await client.giveCommand({ command: "start_all_modules", reason: "by API" });
      let byApi = await client.command(id);
      while (byApi.endedAt === null) byApi = await client.command(id);
      const byCli = await cli("start_all_modules", "--reason", "by CLI");
      for (const view of [byApi, byCli.said]) {
        expect(view).toMatchObject({
          state: "compensated",
          failure: { Error: "QMOI_MODULE_UNHEALTHY", Cause: "health-monitor says that it is not well: no disk" },
          evidence: { control: { before: { mode: "stopped" }, after: { mode: "stopped" } } },
        });
        const acted = view.steps.filter(({ step }: { step: string }) => step === "act").map(({ module }: { module: string }) => module);
        const undone = view.steps.filter(({ step }: { step: string }) => step === "undo").map(({ module }: { module: string }) => module);
        expect(acted).toContain("advanced-automation");
        expect(undone.toSorted()).toEqual(acted.toSorted());
        expect(acted).not.toContain("cloud-integration");
      }
      expect(byCli.code).toBe(1);
      for (const view of [byApi, byCli.said]) expect(await cli("verify", view.id)).toMatchObject({ code: 0, said: { holds: true } });
    } finally {
      await server.close();
      system = undefined;
      rmSync(dataDir, { recursive: true });
    }
  });
});

describe("a start that is taken back", () => {
  it("is proved by its evidence, though tasks started until then; a start after that is found", async () => {
    const late = Promise.withResolvers<void>();
    const sick = moduleThat("health-monitor", async () => {
      await late.promise;
      throw new Error("no disk");
    });
    // Longer than a stop may take to be known.
    const slow = () => new Promise((resolve) => setTimeout(resolve, 600, null));
    system = await openSystem({ slow, tell: () => late.resolve() }, [sick]);
    const { plane, services, engine } = system;
    await carryOut(system, { command: "stop_all_modules" });
    const tasks = [
      { name: "a", target: call("slow") },
      { name: "b", needs: ["a"], target: call("tell") },
    ];
    await plane.publish({ name: "w", tasks });
    const { run } = await plane.startRun({ workflow: "w" });
    const view = await carryOut(system, { command: "start_all_modules" });
    expect(view).toMatchObject({
      state: "compensated",
      evidence: { control: { after: { mode: "stopped" } }, firstStartAfter: { task: "a" } },
    });
    const checks = async () => (await services.commands.verify(view.id)).checks.filter(({ holds }) => !holds).map(({ check }) => check);
    expect(await checks()).toEqual([]);
    // What history then says is not so: it started under the stop.
    const { table } = engine.ports;
    const attempt = (await table.get(keys.attempt(run, 1, 1))) as AttemptItem;
    await table.put({ ...attempt, v: attempt.v + 1, sa: attempt.sa + 3_600_000 });
    expect(await checks()).toContain("nothing started later than 500 ms after the stop, until it was lifted");
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

  it("shows its reason without what looks like a secret, as each command does", async () => {
    system = await openSystem();
    const { commands } = system.services;
    const reason = "password=hunter22 leaked";
    const shown = "password=*** leaked";
    expect(await carryOut(system, { command: "run_health_check", reason })).toMatchObject({ reason: shown });
    const { id } = await commands.submit({ command: "emergency_stop", reason }, BY);
    expect(await commands.state()).toMatchObject({ reason: shown });
    expect(await ended(system, id)).toMatchObject({ reason: shown });
  });

  it("is refused loudly under the key of another command, and done once under its own", async () => {
    system = await openSystem();
    const { commands } = system.services;
    await carryOut(system, { command: "run_health_check", idempotencyKey: "k" });
    const mismatch = { code: "QMOI_IDEMPOTENCY_MISMATCH" };
    await expect(commands.submit({ command: "emergency_stop", idempotencyKey: "k" }, BY)).rejects.toMatchObject(mismatch);
    const stop: MasterCommand = { command: "emergency_stop", reason: "fire", idempotencyKey: "stop" };
    const { id } = await commands.submit(stop, BY);
    expect(await commands.submit(stop, BY)).toMatchObject({ id, created: false });
    expect((await commands.state()).epoch).toBe(1);
    const twice = await Promise.all([1, 2].map(() => commands.submit({ ...stop, idempotencyKey: "at once" }, BY)));
    expect([new Set(twice.map((one) => one.id)).size, ...twice.map(({ created }) => created).sort()]).toEqual([1, false, true]);
    await expect(commands.submit({ ...stop, reason: "water" }, BY)).rejects.toMatchObject(mismatch);
    const discard: MasterCommand = { ...stop, parameters: { discard: true } };
    await expect(commands.submit(discard, BY)).rejects.toMatchObject(mismatch);
    await ended(system, id);
  });
});
