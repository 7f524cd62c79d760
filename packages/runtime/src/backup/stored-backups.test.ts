import { LOCAL } from "@qmoi/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { call, Laptop, wait } from "../../../../test/support/laptop.ts";

let laptop: Laptop;
let effects: string[];
beforeEach(async () => {
  effects = [];
  laptop = await Laptop.start({
    effect: (input) => {
      effects.push(JSON.stringify(input));
      return { done: effects.length };
    },
    fail: () => {
      throw new Error("broken");
    },
  });
});
afterEach(() => laptop.stop());

const BY = { who: LOCAL };
const backups = () => laptop.system.backups;
const code = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "done",
    (error) => error.code,
  );
const FLOW = {
  name: "flow",
  tasks: [
    { name: "a", target: call("effect"), payload: "a" },
    { name: "list", target: call("effect"), payload: "list", needs: ["a"] },
    { name: "big", target: call("echo"), payload: "x".repeat(9000), needs: ["a"] },
    { name: "each", needs: ["list"], forEach: { list: "[1, 2, 3]", max: 5 }, target: call("echo"), payload: "${item}" },
  ],
};
const SLOW = {
  name: "slow",
  tasks: [
    { name: "w", target: wait(600) },
    { name: "after", needs: ["w"], target: call("effect"), payload: "after" },
  ],
};

/** Everything that a person sees of a run. */
const seen = async (run: string) => ({
  run: await laptop.plane.run(run),
  tasks: (await laptop.plane.tasks(run)).items,
  history: (await laptop.plane.history({ run })).items,
});

describe("a backup", () => {
  it("is listed, shown, verified and deleted", async () => {
    await laptop.run(FLOW);
    const made = await backups().create({ who: LOCAL, reason: "why" });
    expect(made).toMatchObject({
      cause: "request",
      who: "local",
      reason: "why",
      encrypted: false,
      counts: { runs: 1, attempts: 6, definitions: 2 },
    });
    expect(made.counts.blobs).toBeGreaterThan(2);
    expect((await backups().list()).items.map(({ id }) => id)).toEqual([made.id]);
    expect(await backups().show(made.id)).toEqual(made);
    expect(await backups().verify(made.id)).toEqual(made);
    await backups().delete(made.id, BY);
    expect((await backups().list()).items).toEqual([]);
    expect(await code(backups().show(made.id))).toBe("QMOI_NOT_FOUND");
    expect(await code(backups().delete(made.id, BY))).toBe("QMOI_NOT_FOUND");
  });

  it("gives back what was there, and takes back what came since", async () => {
    const { run } = await laptop.run(FLOW);
    const before = await seen(run);
    await laptop.system.configuration.set("parallel", { changes: [{ path: "maxRunningTasks", value: 7 }] }, BY);
    const { id } = await backups().create(BY);
    const later = (await laptop.run({ ...FLOW, name: "later" })).run;
    await laptop.plane.publish({ ...FLOW, description: "changed" });
    await laptop.system.configuration.set("parallel", { changes: [{ path: "maxRunningTasks", value: 9 }] }, BY);
    const report = await backups().restore(id, BY);
    expect(report).toMatchObject({ backup: id, equal: true, voided: 0, held: 0, forwardCount: 0, counts: { runs: 1, attempts: 6 } });
    expect(await seen(run)).toEqual(before);
    expect(await code(laptop.plane.run(later))).toBe("QMOI_NOT_FOUND");
    expect((await laptop.plane.workflows()).items.map(({ name, number }) => [name, number])).toEqual([["flow", 1]]);
    expect(laptop.system.configuration.current().parallel.maxRunningTasks).toBe(7);
    // It works on.
    expect((await laptop.run(FLOW)).state).toBe("succeeded");
  });

  it("undoes a restore by the backup of the state before", async () => {
    await laptop.run(FLOW);
    const { id } = await backups().create(BY);
    const { run } = await laptop.run({ ...FLOW, name: "later" });
    const before = await seen(run);
    const { before: state } = await backups().restore(id, BY);
    expect(await code(laptop.plane.run(run))).toBe("QMOI_NOT_FOUND");
    await backups().restore(state, BY);
    expect(await seen(run)).toEqual(before);
  });

  it("voids what was running, and lets the run go on", async () => {
    const run = await laptop.start(SLOW);
    await laptop.until(run, ({ tasks }) => tasks.w?.state === "running");
    const { id } = await backups().create(BY);
    const report = await backups().restore(id, BY);
    expect(report).toMatchObject({ voided: 1, held: 0 });
    const view = await laptop.until(run, ({ tasks }) => tasks.w?.state === "running" && tasks.w.attempt === 2);
    expect(view.state).toBe("running");
    const { items } = await laptop.plane.history({ run });
    expect(items.map(({ attempt, state }) => [attempt, state])).toEqual([
      [2, "running"],
      [1, "void"],
    ]);
    await laptop.plane.cancel(run);
    await laptop.ended(run);
  });
});

describe("what only goes forward", () => {
  it("is what happened once: an idempotency key starts nothing again, and says what became of it", async () => {
    const { id } = await backups().create(BY);
    await laptop.plane.publish(FLOW);
    const first = await laptop.plane.startRun({ workflow: "flow", idempotencyKey: "k" });
    await laptop.ended(first.run);
    const done = effects.length;
    const report = await backups().restore(id, BY);
    expect(report.forward).toEqual([{ run: first.run, workflow: "flow", why: "idempotency key" }]);
    await laptop.plane.publish(FLOW);
    const again = await laptop.plane.startRun({ workflow: "flow", idempotencyKey: "k" });
    expect(again).toMatchObject({ run: first.run, created: false, state: "cancelled" });
    expect(effects.length).toBe(done);
    const { id: second } = await backups().create(BY);
    expect(await backups().restore(second, BY)).toMatchObject({ equal: true, forwardCount: 0 });
    expect((await laptop.plane.run(first.run)).state).toBe("cancelled");
  });

  it("is an effect that may happen only once: what became of it stays, and what nobody knows waits for a person", async () => {
    const once = {
      name: "once",
      tasks: [
        { name: "w", target: wait(0.3) },
        { name: "pay", needs: ["w"], effect: "once" as const, target: call("effect"), payload: "pay" },
      ],
    };
    const run = await laptop.start(once);
    const { id } = await backups().create(BY);
    await laptop.ended(run);
    expect(effects).toEqual(['"pay"']);
    await backups().restore(id, BY);
    const after = await laptop.ended(run);
    expect(after.state).toBe("succeeded");
    expect(effects).toEqual(['"pay"']);
    const held = await laptop.start({ name: "held", tasks: [{ name: "pay", effect: "once" as const, target: wait(600) }] });
    await laptop.until(held, ({ tasks }) => tasks.pay?.state === "running");
    const { id: second } = await backups().create(BY);
    expect(await backups().restore(second, BY)).toMatchObject({ voided: 1, held: 1 });
    await laptop.until(held, ({ tasks }) => tasks.pay?.state === "held");
  });

  it("is a firing, a revocation, a command, and an answer under an idempotency key", async () => {
    const { plane, system } = laptop;
    const { commands, keys, idempotency } = system.services;
    const { key, id: keyId } = await keys.create({ name: "ci", role: "operator" }, "test");
    const { key: late } = await keys.create({ name: "late", role: "operator" }, "test");
    const due = new Date(Math.ceil(Date.now() / 1000) * 1000 + 1000);
    const schedules = [{ expression: `at(${due.toISOString().slice(0, 19)})` }];
    await plane.publish({ name: "due", schedules, tasks: [{ name: "a", target: call("effect"), payload: "fired" }] });
    const { id } = await backups().create(BY);

    const fired = async () => (await plane.runs({ workflow: "due" })).items;
    while ((await fired())[0]?.endedAt === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(effects).toEqual(['"fired"']);
    await keys.revoke(keyId);
    const given = { command: "run_health_check", idempotencyKey: "check" } as const;
    const first = await ended((await commands.submit(given, BY)).id);
    let asked = 0;
    const request = { who: "k", key: "x", fingerprint: "f" };
    const answer = () => idempotency.once(request, async () => ++asked);
    await answer();

    const restore = { command: "restore_system", parameters: { backup: id } } as const;
    const { confirm = "" } = await commands.preview(restore, BY);
    const restored = await ended((await commands.submit({ ...restore, confirm }, BY)).id);
    expect(restored).toMatchObject({ state: "succeeded", evidence: { report: { forwardCount: 1, equal: true } } });
    expect((await commands.verify(restored.id)).checks.filter(({ holds }) => !holds)).toEqual([]);

    // Nothing fires twice: what was due is known, and its run stays as taken back.
    await system.engine.tick();
    await plane.publish({ name: "due", schedules, tasks: [{ name: "a", target: call("effect"), payload: "fired" }] });
    await system.engine.tick();
    expect((await fired()).map(({ state }) => state)).toEqual(["cancelled"]);
    expect(effects).toEqual(['"fired"']);
    // No revoked key lives again, and the others still do.
    expect(await keys.check(key)).toBeUndefined();
    expect(await keys.check(late)).toMatchObject({ role: "operator" });
    // Commands and answers are as they were: the same key gives the same.
    expect(await commands.submit(given, BY)).toMatchObject({ id: first.id, created: false, state: "succeeded" });
    expect(await commands.get(first.id)).toEqual(first);
    expect(await answer()).toEqual({ answer: 1, replayed: true });
  });
});

const ended = async (id: string) => {
  for (;;) {
    const view = await laptop.system.services.commands.get(id);
    if (view.endedAt !== undefined) return view;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};
