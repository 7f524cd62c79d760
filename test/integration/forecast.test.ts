import { MemoryTable } from "@qmoi/adapters";
import type { WorkflowDocument } from "@qmoi/config";
import { type Change, LOCAL, sha256, type TargetCall, type TargetResult } from "@qmoi/core";
import type { TaskRecord } from "@qmoi/forecast";
import { Forecaster } from "@qmoi/forecast/forecaster";
import { createSchedulerHandler } from "@qmoi/functions/intelligent-scheduler";
import { createControlPlane, Engine, type Hint, Invocation, keys, Learned, type ModelPointer, type Ports } from "@qmoi/runtime";
import { afterEach, describe, expect, it } from "vitest";
import { type BareEngine, bareEngine } from "../support/bare-engine.ts";
import { call, Laptop } from "../support/laptop.ts";

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

const task = (name: string, more: Partial<WorkflowDocument["tasks"][number]> = {}): WorkflowDocument["tasks"][number] => ({
  name,
  target: { type: "wait", seconds: 0 },
  ...more,
});

/** What tasks of the type `slow` took: some 100 s and some 100 MB. */
const records: TaskRecord[] = Array.from({ length: 60 }, (_, i) => ({
  type: "slow",
  workflow: "w",
  program: "p",
  seconds: 90 + ((i * 7) % 20),
  peakMemoryBytes: 1e8 + 1e6 * ((i * 7) % 20),
  run: `r${i}`,
}));
const slow = Forecaster.train(records, { seed: 1, trees: 10 }).save();

/** An engine, which has not started, on a table that says that this forecaster is in force. */
const prepare = async (
  bytes: Uint8Array,
  run: (call: TargetCall) => Promise<TargetResult>,
  hash = sha256(bytes),
): Promise<BareEngine & { readonly table: MemoryTable }> => {
  const table = new MemoryTable();
  const bare = bareEngine(table, run);
  await bare.blobs.put("forecasts/1.bin", bytes);
  const score = { loss: 0.1, coverage: 0.9, mdape: 0.1 };
  const named = { n: 1, blob: "forecasts/1.bin", at: Date.now(), engine: "histogram-forest", records: 60, heldBack: 0, today: 0, score };
  await table.put({ ...keys.forecaster, v: 1, hash, ...named });
  return { ...bare, table };
};

const start = async (...given: Parameters<typeof prepare>): Promise<BareEngine> => {
  const bare = await prepare(...given);
  await bare.engine.start();
  open.push(() => bare.engine.stop());
  return bare;
};

const ended = async ({ plane }: Pick<BareEngine, "plane">, run: string): Promise<string> => {
  for (;;) {
    const { state, endedAt } = await plane.run(run);
    if (endedAt !== undefined) return state;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

const startRun = async ({ plane }: Pick<BareEngine, "plane">, document: WorkflowDocument): Promise<string> => {
  await plane.publish(document);
  return (await plane.startRun({ workflow: document.name })).run;
};

describe("forecasts used by the engine", () => {
  it("give timeouts of ten times the upper bound to types that they know, and to no others", async () => {
    const timeouts = new Map<string, number>();
    const bare = await start(slow, async ({ task, timeoutMs }) => {
      timeouts.set(task, timeoutMs);
      return { ok: true };
    });
    const tasks = [task("known", { type: "slow" }), task("declared", { type: "slow", timeout: 7 }), task("new", { type: "other" })];
    await ended(bare, await startRun(bare, { name: "w", tasks }));
    const { seconds } = await bare.plane.explainForecast("slow");
    expect(seconds.forecast).toMatchObject({ level: "type", coverageTarget: 0.9, backtestError: expect.any(Number) });
    expect(timeouts.get("known")).toBeGreaterThanOrEqual(10_000 * 0.99 * seconds.forecast.hi);
    expect(timeouts.get("known")).toBeGreaterThan(10_000 * 100);
    expect(timeouts.get("declared")).toBe(7000);
    expect(timeouts.get("new")).toBe(bare.engine.ports.settings().defaultTimeoutMs);
  });

  it("give these timeouts to work in functions, which know no forecaster", async () => {
    const { engine, table } = await prepare(slow, async () => ({ ok: true }));
    const hints: Hint[] = [];
    const sent: Ports["hints"] = { send: async (some) => void hints.push(...some), consume: () => () => undefined };
    const ports = { ...engine.ports, hints: sent };
    const changes: Change[] = [];
    await table.subscribe((news) => void changes.push(...news));
    const plane = createControlPlane(new Engine(ports, { id: "api", brief: true, roles: { decides: false, works: false } }));
    const tasks = [task("known", { type: "slow" }), task("declared", { type: "slow", timeout: 7 }), task("new", { type: "other" })];
    await startRun({ plane }, { name: "w", tasks });
    await new Promise((resolve) => setImmediate(resolve));
    await new Invocation(ports, { id: "f", later: async () => undefined, learned: new Learned({ stored: true }) }).changes(changes);
    expect(hints.map(({ timeoutMs }) => timeoutMs)).toEqual([expect.any(Number), undefined, undefined]);
    expect(hints[0]?.timeoutMs).toBeGreaterThan(10_000 * 100);
  });

  it("reserve the upper bound of memory, at most what is declared, and twice as much after it did not suffice", async () => {
    const given: (number | undefined)[] = [];
    const reserved: number[] = [];
    const bare = await start(slow, async ({ task, attempt, memoryBytes }) => {
      if (task === "thirsty") {
        given.push(memoryBytes);
        reserved.push(bare.engine.host.reserved.memory);
        if (attempt < 3) return { ok: false, failure: { class: "memory", code: "OOM", message: "out of memory" } };
      }
      return { ok: true };
    });
    const retry = { attempts: 3, backoff: "constant", delay: 0, jitter: "none" } as const;
    const tasks = [
      task("plain", { type: "slow" }),
      task("generous", { type: "slow", resources: { memory: 5e8 } }),
      task("thirsty", { type: "slow", resources: { memory: 1.05e8 }, retry: { ...retry, on: ["memory"] }, needs: ["plain", "generous"] }),
    ];
    const run = await startRun(bare, { name: "w", tasks });
    expect(await ended(bare, run)).toBe("succeeded");
    const graph = await bare.engine.definitions.graph((await bare.plane.run(run)).version);
    const [plain, generous, thirsty] = graph.tasks.map((one) => bare.engine.host.needs(graph, one).memory) as [number, number, number];
    expect(plain).toBeGreaterThan(1.1e8);
    expect(plain).toBeLessThan(2e8);
    expect(generous).toBe(plain);
    expect(thirsty).toBe(1.05e8);
    expect(given).toEqual([1.05e8, 2.1e8, 4.2e8]);
    expect(reserved).toEqual([1.05e8, 2.1e8, 4.2e8]);
  });

  it("say when a run will have ended and by how much it will be late", async () => {
    const go: (() => void)[] = [];
    const bare = await start(slow, () => new Promise((resolve) => go.push(() => resolve({ ok: true }))));
    const tasks = [task("a", { type: "slow" }), task("b", { type: "slow", needs: ["a"] })];
    const run = await startRun(bare, { name: "w", deadline: 60, tasks });
    while (go.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const { forecast } = await bare.plane.run(run);
    expect(forecast).toMatchObject({ level: "type", tasks: 2, unknown: 0, coverageTarget: 0.9, backtestError: expect.any(Number) });
    expect(forecast?.point).toBeGreaterThan(170);
    expect(forecast?.point).toBeLessThan(230);
    expect(forecast?.lo).toBeLessThan(forecast?.point as number);
    expect(forecast?.says).toMatch(/^Will miss its deadline by [12] to [34] minutes\.$/);
    await new Promise((resolve) => setTimeout(resolve, 10));
    const later = (await bare.plane.runs()).items[0]?.forecast;
    expect(later).toMatchObject({ endsAt: forecast?.endsAt, says: forecast?.says });
    expect(later?.point).toBeLessThan(forecast?.point as number);
    expect((await bare.plane.explain(run, "b")).forecast?.seconds.point).toBeGreaterThan(80);
    go.splice(0)[0]?.();
    while (go.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    go[0]?.();
    await ended(bare, run);
    expect((await bare.plane.run(run)).forecast).toBeUndefined();
  });

  it("say anew when a run will have ended once it has not when it might have", async () => {
    const quick = Forecaster.train(
      records.map((record) => ({ ...record, seconds: (record.seconds ?? 0) / 1000 })),
      { seed: 1, trees: 10 },
    );
    const go: (() => void)[] = [];
    const bare = await start(quick.save(), () => new Promise((resolve) => go.push(() => resolve({ ok: true }))));
    const run = await startRun(bare, { name: "w", tasks: [task("a", { type: "slow" })] });
    while (go.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    for (let time = 0; time < 3; time++) {
      const asked = Date.now();
      expect((await bare.plane.run(run)).forecast?.endsAt.lo).toBeGreaterThanOrEqual(asked);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    go[0]?.();
    await ended(bare, run);
  });

  it("count a forEach as its latest runs had it, until the run itself knows, and learn from what it had", async () => {
    const each = records.map((record) => ({ ...record, instances: Number(record.run?.slice(1)) % 2 === 0 ? 7 : 9 }));
    const go: (() => void)[] = [];
    const output = [1, 2, 3];
    const bare = await start(
      Forecaster.train(each, { seed: 1, trees: 10 }).save(),
      () => new Promise((resolve) => go.push(() => resolve({ ok: true, output }))),
    );
    const a = task("a", { type: "slow" });
    const b = task("b", { type: "slow", needs: ["a"], forEach: { list: "tasks.a.output", max: 10 }, resources: { pool: "one" } });
    const document = { name: "w", pools: { one: { slots: 1 } }, tasks: [a, b] };
    const run = await startRun(bare, document);
    while (go.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect((await bare.plane.explainForecast("w/b")).instances).toEqual({ point: 8, lo: 7, hi: 9, runs: 20 });
    const { point = 0, lo = 0, hi = 0 } = (await bare.plane.run(run)).forecast ?? {};
    expect(point).toBeGreaterThan(750);
    expect(point).toBeLessThan(1050);
    expect(hi - lo).toBeGreaterThan(150);
    for (let ended = 0; ended < 4; ended++) {
      while (go.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      go.splice(0)[0]?.();
    }
    await ended(bare, run);
    while ((await bare.plane.explainForecast("w/b")).instances?.lo === 7) await new Promise((resolve) => setTimeout(resolve, 20));
  });

  it("let the instances of a forEach that take long again go first, in a run that was loaded too, and say when it will have ended", async () => {
    const known = ["a", "b", "c", "d"].map((item, i) => ({ item, seconds: [10, 400, 20, 100][i] as number }));
    const learned = Array.from({ length: 12 }, (_, run) =>
      known.map(({ item, seconds }): TaskRecord => {
        return { type: "w/each", workflow: "w", subject: `w/each["${item}"]`, seconds: seconds + run, run: `r${run}` };
      }),
    ).flat();
    const forEach = { list: "inputs.items", max: 10 };
    const document = { name: "w", pools: { one: { slots: 1 } }, tasks: [task("each", { forEach, resources: { pool: "one" } })] };
    const inputs = { items: ["a", "b", "new", "c", "d"] };
    const bytes = Forecaster.train(learned, { seed: 1, trees: 10 }).save();
    const starts: string[] = [];
    const go: (() => void)[] = [];
    const bare = await prepare(bytes, async (call) => {
      starts.push(call.task);
      await new Promise<void>((resolve) => go.push(resolve));
      return { ok: true };
    });
    await bare.engine.start();
    await bare.plane.publish(document);
    const { run } = await bare.plane.startRun({ workflow: "w", inputs });
    const until = async (count: number): Promise<void> => {
      while (starts.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    await until(1);
    const { point = 0 } = (await bare.plane.run(run)).forecast ?? {};
    // The instances of a, b, c and d take 10, 400, 20 and 100 s, and the new one about as much as all on average.
    expect(point).toBeGreaterThan(530);
    expect(point).toBeLessThan(800);
    go.splice(0)[0]?.();
    await until(2);
    const stopped = bare.engine.stop();
    go.splice(0)[0]?.();
    await stopped;
    const again = bareEngine(
      bare.table,
      async (call) => {
        starts.push(call.task);
        return { ok: true };
      },
      { blobs: bare.blobs },
    );
    await again.engine.start();
    open.push(() => again.engine.stop());
    expect(await ended(again, run)).toBe("succeeded");
    // The first of both lives, and what follows in the second: b, then d; what is new takes as long as most; c and a.
    const { subject, longest } = (await again.plane.explainForecast("w/each")).seconds;
    expect([subject, longest.map((one) => one.subject)]).toEqual([undefined, ["b", "d", "c", "a"].map((item) => `w/each["${item}"]`)]);
    expect(starts.filter((name, i) => starts.indexOf(name) === i)).toEqual(["each[1]", "each[4]", "each[2]", "each[3]", "each[0]"]);
  });

  it("are not made from bytes that are not those that were stored", async () => {
    const damaged = slow.slice();
    damaged[damaged.length >> 1] = (damaged[damaged.length >> 1] as number) ^ 1;
    const bare = await start(damaged, async () => ({ ok: true }), sha256(slow));
    expect(bare.engine.forecasts.model).toBeUndefined();
    await expect(bare.plane.explainForecast("slow")).rejects.toMatchObject({ code: "QMOI_NOT_FOUND" });
    await bare.blobs.put("forecasts/1.bin", slow);
    await bare.engine.tick();
    expect(bare.engine.forecasts.model?.pointer.n).toBe(1);
  });

  it("can't be trained where nobody trains", async () => {
    const bare = await start(slow, async () => ({ ok: true }));
    await expect(bare.plane.trainForecasts()).rejects.toThrow(/can't be trained here/);
  });
});

describe("training", () => {
  it("waits for history, learns from it in a thread, promotes what is better and forgets old ones", async () => {
    const laptop = await Laptop.start({ quick: () => null });
    open.push(() => laptop.stop());
    const handler = createSchedulerHandler({ plane: laptop.plane });
    const document = {
      name: "etl",
      tasks: Array.from({ length: 10 }, (_, i) => ({ name: `t${i}`, type: "quick", target: call("quick") })),
    };
    expect(await handler({ source: "schedule" })).toMatchObject({ result: "not-due" });
    expect(await handler({ force: true })).toMatchObject({ result: "too-little-history" });
    expect(await laptop.plane.forecaster()).toEqual({ types: 0 });
    for (let i = 0; i < 4; i++) await laptop.run(document);
    await laptop.system.engine.statistics.flush();
    const [first, same] = await Promise.all([handler({}), handler({})]);
    expect(first).toMatchObject({ result: "promoted", trained: 30, heldBack: 10, score: { coverage: expect.any(Number) } });
    expect(same).toBe(first);
    expect(await laptop.plane.forecaster()).toMatchObject({ model: { n: 1, records: 40 }, types: 1 });
    const { items } = await laptop.plane.forecastTypes();
    expect(items).toEqual([expect.objectContaining({ type: "quick", observations: 40 })]);
    expect(items[0]?.seconds).toMatchObject({ level: "type", backtestError: expect.any(Number), lo: expect.any(Number) });
    expect(await laptop.plane.explainForecast("t3")).toMatchObject({ workflow: "etl", task: "t3", type: "quick" });
    expect(await handler({})).toMatchObject({ result: "not-due" });
    expect(["promoted", "kept"]).toContain((await handler({ force: true })).result);
    // Another engine is tried once, whichever of them wins, and so is the one before.
    for (const engine of ["ml-random-forest", "forest"]) {
      await laptop.system.configuration.set("algorithm", { changes: [{ path: "forecasts.engine", value: engine }] }, { who: LOCAL });
      expect(["promoted", "kept"]).toContain((await handler({})).result);
      expect(await handler({})).toMatchObject({ result: "not-due" });
    }
  });

  it("is due once the one in force can't be read, as after an update that makes them anew", async () => {
    const laptop = await Laptop.start({ quick: () => null });
    open.push(() => laptop.stop());
    const tasks = Array.from({ length: 10 }, (_, i) => ({ name: `t${i}`, type: "quick", target: call("quick") }));
    for (let i = 0; i < 4; i++) await laptop.run({ name: "etl", tasks });
    expect(await laptop.plane.trainForecasts()).toMatchObject({ result: "promoted" });
    expect(await laptop.plane.trainForecasts()).toMatchObject({ result: "not-due" });
    const { table, blobs } = laptop.system.engine.ports;
    const pointer = (await table.get(keys.forecaster)) as ModelPointer;
    await blobs.put("forecasts/older.bin", new Uint8Array(9));
    await table.put({ ...pointer, v: pointer.v + 1, blob: "forecasts/older.bin", hash: "older" });
    expect(await laptop.plane.trainForecasts()).toMatchObject({ result: "promoted" });
    expect(await laptop.plane.forecaster()).toMatchObject({ model: { n: 2 }, types: 1 });
    expect(await laptop.plane.trainForecasts()).toMatchObject({ result: "not-due" });
  });

  it("reads how many instances each forEach had, what each was for, and what those took", async () => {
    const list = ["a", "b", "c", "d", "e"];
    const later = ({ item }: { readonly item?: string }) =>
      new Promise<null>((resolve) => setTimeout(() => resolve(null), item === "d" ? 150 : 1));
    const laptop = await Laptop.start({ later: (input) => later(input as { item: string }), list: () => list });
    open.push(() => laptop.stop());
    const forEach = { list: "tasks.list.output", max: 9 };
    const each = { name: "each", type: "e", needs: ["list"], forEach, payload: { item: "${{ item }}" }, target: call("later") };
    for (let i = 0; i < 5; i++) await laptop.run({ name: "etl", tasks: [{ name: "list", target: call("list") }, each] });
    await laptop.system.engine.statistics.flush();
    expect(await laptop.plane.trainForecasts({ force: true })).toMatchObject({ result: "promoted" });
    const { instances, seconds } = await laptop.plane.explainForecast("etl/each");
    expect(instances).toEqual({ point: 5, lo: 5, hi: 5, runs: 5 });
    // The latest fifth of the history is held back.
    expect(seconds.longest[0]).toMatchObject({ subject: 'etl/each["d"]', runs: 4 });
    expect(seconds.longest[0]?.factor).toBeGreaterThan(2);
    expect((await laptop.plane.explainForecast("etl/list")).instances).toBeUndefined();
  });
});
