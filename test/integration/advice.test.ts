import { MemoryBlobStore, MemoryTable, SystemClock } from "@qmoi/adapters";
import type { WorkflowDocument } from "@qmoi/config";
import { type Change, sha256 } from "@qmoi/core";
import type { TaskRecord } from "@qmoi/forecast";
import { Forecaster } from "@qmoi/forecast/forecaster";
import { createControlPlane, Definitions, Engine, type Hint, Invocation, keys, Learned, type Ports, WorkInvocation } from "@qmoi/runtime";
import { afterEach, describe, expect, it } from "vitest";
import { bareEngine } from "../support/bare-engine.ts";

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

const wait = (name: string, more: Partial<WorkflowDocument["tasks"][number]> = {}): WorkflowDocument["tasks"][number] => ({
  name,
  target: { type: "wait", seconds: 0 },
  ...more,
});

const HOUR = 3_600_000;

describe("advice", () => {
  it("goes by recorded runs: profiles of types, and the pool that holds them up", async () => {
    // Four runs come at once; each takes the pool for an hour.
    let begin = (): void => undefined;
    const all = new Promise<void>((resolve) => {
      begin = resolve;
    });
    let ahead = 0;
    const clock = shifted(() => ahead);
    const bare = bareEngine(
      new MemoryTable(),
      async ({ task }) => {
        await all;
        if (task === "load") ahead += HOUR;
        return { ok: true };
      },
      { clock, config: { parallel: { pools: { default: { slots: 4 }, db: { slots: 1 } } } } },
    );
    await bare.engine.start();
    open.push(() => bare.engine.stop());
    await bare.plane.publish({
      name: "etl",
      tasks: [wait("load", { resources: { pool: "db" } }), wait("list"), wait("each", { forEach: { list: "[1, 2]" } })],
    });
    const runs: string[] = [];
    for (let i = 0; i < 4; i++) runs.push((await bare.plane.startRun({ workflow: "etl" })).run);
    begin();
    for (const run of runs)
      while ((await bare.plane.run(run)).endedAt === undefined) await new Promise((resolve) => setTimeout(resolve, 2));
    const { items } = await bare.plane.taskProfiles();
    expect(items.map(({ type, tasks }) => [type, tasks]).sort()).toEqual([
      ["etl/each", 8],
      ["etl/list", 4],
      ["etl/load", 4],
    ]);
    expect((await bare.plane.taskProfiles({ limit: 2 })).next).toBe(items[1]?.type);
    const { history, recommendations: found, policy } = await bare.plane.recommendations();
    // Each run has four tasks and the template that stands for two of them.
    expect([history.runs, history.tasks, policy]).toEqual([4, 20, "fair"]);
    expect(found[0]).toMatchObject({ kind: "slots", about: "db", evidence: { kind: "simulation", runs: 4, tasks: 20 } });
    expect(found[0]?.evidence).toMatchObject({ after: { mean: expect.any(Number) } });
  });

  it("says who stands where, why, and by which policy; also in explain", async () => {
    const go: (() => void)[] = [];
    const bare = bareEngine(new MemoryTable(), () => new Promise((resolve) => go.push(() => resolve({ ok: true }))), {
      config: { parallel: { pools: { default: { slots: 1 } } } },
    });
    await bare.engine.start();
    open.push(() => bare.engine.stop());
    const start = async (name: string, estimate: number): Promise<string> => {
      await bare.plane.publish({ name, tasks: [wait("t", { estimate })] });
      return (await bare.plane.startRun({ workflow: name })).run;
    };
    await start("first", 1);
    while (go.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    const large = await start("large", 100);
    // Of two that came in the same millisecond neither is the older one.
    await new Promise((resolve) => setTimeout(resolve, 2));
    const small = await start("small", 10);
    const { pools, policy, says } = await bare.plane.order();
    expect([policy, says]).toEqual(["fair", "Work is ordered by fair."]);
    expect(pools).toMatchObject([
      {
        pool: "default",
        slots: 1,
        waiting: 2,
        runs: [
          { run: small, task: "t" },
          // What was declared alone may be off by a factor of e.
          { run: large, score: expect.closeTo(100 * Math.exp(0.5), -1) },
        ],
      },
    ]);
    expect(pools[0]?.runs[1]?.taskOrder).toBe("What became ready first goes first.");
    expect(pools[0]?.runs[1]?.parts.map(({ name }) => name)).toEqual(["remaining work", "weight", "response ratio"]);
    const { reasons } = await bare.plane.explain(large, "t");
    expect(reasons.map(({ kind }) => kind)).toEqual(["pool", "order"]);
    expect(reasons[1]).toMatchObject({ text: 'Its run stands at place 2 of 2 for pool "default". Work is ordered by fair.', by: [small] });
    // Forecasts that put runs in the wrong order are not followed, and that is said.
    for (let i = 0; i < 20; i++) {
      const work = { predicted: 2 ** i, total: 2 ** -i, remaining: 1, expected: 1, path: 1 };
      bare.engine.order.watch.observe({ run: `r${i}`, workflow: "w", priority: 5, createdAt: 0, work });
    }
    const failing = await bare.plane.order();
    expect([failing.policy, failing.configured, failing.standing.failing]).toEqual(["workflow-fifo", "fair", true]);
    expect(failing.pools[0]?.runs.map(({ run }) => run)).toEqual([large, small]);
    expect(failing.pools[0]?.runs[0]?.taskOrder).toBeUndefined();
    expect((await bare.plane.explain(large, "t")).reasons[1]?.text).toContain("by workflow-fifo instead of fair: forecasts put only 0%");
    expect((await bare.plane.recommendations()).recommendations).toMatchObject([{ kind: "fallback", about: "fair" }]);
    while (go.length > 0) {
      go.shift()?.();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
});

/** Three tasks at once on two slots. */
const TRIED: WorkflowDocument = {
  name: "tried",
  pools: { two: { slots: 2 } },
  tasks: [10, 20, 30].map((estimate) => wait(`t${estimate}`, { estimate, resources: { pool: "two" } })),
};

describe("what was learned of forecasts", () => {
  /** Twenty runs of which the forecasts told the opposite. */
  const mislead = ({ order }: Engine): void => {
    for (let i = 0; i < 20; i++) {
      const work = { predicted: 2 ** i, total: 2 ** -i, remaining: 1, expected: 1, path: 1 };
      order.watch.observe({ run: `r${i}`, workflow: "w", priority: 5, createdAt: 0, work });
    }
  };
  const never = async () => ({ ok: true as const });

  it("outlives a restart: forecasts that failed are not followed again", async () => {
    const table = new MemoryTable();
    const options = () => ({ options: { learned: new Learned({ stored: true }) } });
    const before = bareEngine(table, never, options());
    await before.engine.start();
    mislead(before.engine);
    await before.engine.stop();
    const after = bareEngine(table, never, options());
    await after.engine.start();
    open.push(() => after.engine.stop());
    expect(await after.plane.order()).toMatchObject({ policy: "workflow-fifo", configured: "fair", standing: { failing: true } });
  });

  it("plays runs that have ended with what their tasks took, one a minute, and takes that up after a restart", async () => {
    const [table, blobs] = [new MemoryTable(), new MemoryBlobStore()];
    let ahead = 0;
    const began = () => {
      const clock = shifted(() => ahead);
      const bare = bareEngine(table, never, { clock, blobs, options: { learned: new Learned({ stored: true }) } });
      open.push(() => bare.engine.stop());
      return bare;
    };
    const before = began();
    await before.engine.start();
    await before.plane.publish(TRIED);
    const trialsOf = ({ learned }: Engine): number => learned.trials.of(TRIED.name, [2]).length;
    const run = async (): Promise<void> => {
      const { run: name } = await before.plane.startRun({ workflow: TRIED.name });
      while (!(await before.plane.run(name)).endedAt) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    await run();
    await run();
    expect(trialsOf(before.engine)).toBe(1);
    ahead += 61_000;
    await run();
    expect(trialsOf(before.engine)).toBe(2);
    await before.engine.stop();
    const after = began();
    await after.engine.start();
    expect(trialsOf(after.engine)).toBe(2);
    expect(after.engine.learned.trials.of(TRIED.name, [2])).toEqual(before.engine.learned.trials.of(TRIED.name, [2]));
  });

  it("plays runs in functions too, which know of one only what is stored", async () => {
    const table = new MemoryTable();
    const [hints, changes, learned] = [[] as Hint[], [] as Change[], new Learned({ stored: true })];
    let ahead = 0;
    const ports: Ports = {
      ...bareEngine(table, never, { clock: shifted(() => ahead) }).engine.ports,
      hints: { send: async (some) => void hints.push(...some), consume: () => () => undefined },
    };
    const definitions = new Definitions(ports.blobs);
    await table.subscribe((news) => void changes.push(...news));
    const plane = createControlPlane(new Engine(ports, { id: "api", brief: true, roles: { decides: false, works: false } }));
    await plane.publish(TRIED);
    await plane.startRun({ workflow: TRIED.name });
    const news = () => new Promise((resolve) => setImmediate(resolve));
    const decider = () => new Invocation(ports, { id: "d", later: async () => undefined, definitions, learned });
    for (await news(); changes.length + hints.length > 0; await news()) {
      await decider().changes(changes.splice(0));
      await new WorkInvocation(ports, { id: "w", definitions }).hints(hints.splice(0));
    }
    expect(learned.trials.of(TRIED.name, [2])).toHaveLength(1);
    ahead += 61_000;
    await decider().tick();
    expect(await table.get(keys.watch)).toMatchObject({ trials: { [TRIED.name]: { pools: [2] } } });
  });

  it("passes from one invocation of a function to the next: two reads and one write a minute, and the forecaster is loaded once", async () => {
    const [table, blobs] = [new MemoryTable(), new MemoryBlobStore()];
    const bytes = Forecaster.train(
      Array.from({ length: 60 }, (_, i): TaskRecord => ({ type: "t", seconds: 95 + (i % 10), run: `r${i}` })),
      { seed: 1, trees: 5 },
    ).save();
    await blobs.put("forecasts/1.bin", bytes);
    const score = { loss: 0.1, coverage: 0.9, mdape: 0.1 };
    const named = { n: 1, blob: "forecasts/1.bin", at: 0, engine: "histogram-forest", records: 60, heldBack: 0, today: 0, score };
    await table.put({ ...keys.forecaster, v: 1, hash: sha256(bytes), ...named });
    const counts = { get: 0, put: 0, blob: 0 };
    const [get, put, load] = [table.get.bind(table), table.put.bind(table), blobs.get.bind(blobs)];
    const counted = <A extends unknown[], R>(name: keyof typeof counts, call: (...args: A) => R) => {
      return (...args: A): R => {
        counts[name]++;
        return call(...args);
      };
    };
    Object.assign(table, { get: counted("get", get), put: counted("put", put) });
    Object.assign(blobs, { get: counted("blob", load) });
    let ahead = 0;
    const clock = shifted(() => ahead);
    const invoke = async (learned: Learned, work: (engine: Engine) => void = () => undefined): Promise<Engine> => {
      const { engine } = bareEngine(table, never, { clock, blobs, options: { brief: true, learned } });
      await engine.learned.recall(engine);
      work(engine);
      await engine.learned.keep(engine);
      return engine;
    };
    const [here, elsewhere] = [new Learned({ stored: true }), new Learned({ stored: true })];
    await invoke(here, mislead);
    expect(counts).toEqual({ get: 2, put: 1, blob: 1 });
    for (let i = 0; i < 9; i++) expect((await invoke(here, i < 5 ? mislead : undefined)).order.watch.standing.failing).toBe(true);
    expect(counts).toEqual({ get: 2, put: 1, blob: 1 });
    ahead += 61_000;
    expect((await invoke(here)).forecasts.model?.pointer.n).toBe(1);
    expect(counts).toEqual({ get: 4, put: 2, blob: 1 });
    ahead += 61_000;
    await invoke(here);
    expect(counts.put).toBe(2);
    expect((await invoke(elsewhere)).order.watch.standing.failing).toBe(true);
  });

  it("is done without where it can't be read or stored", async () => {
    const table = new MemoryTable();
    const fail = async (): Promise<never> => {
      throw new Error("the table is away");
    };
    const { engine } = bareEngine(table, never, { options: { brief: true, learned: new Learned({ stored: true }) } });
    Object.assign(table, { get: fail, put: fail });
    await engine.learned.recall(engine);
    mislead(engine);
    await engine.learned.keep(engine);
    expect(engine.order.watch.standing.failing).toBe(true);
  });
});

describe("lateness", () => {
  it("is told once for each change of it", async () => {
    const records: TaskRecord[] = Array.from({ length: 60 }, (_, i) => ({
      type: "slow",
      workflow: "w",
      seconds: 95 + (i % 10),
      run: `r${i}`,
    }));
    const bytes = Forecaster.train(records, { seed: 1, trees: 5 }).save();
    const [table, said] = [new MemoryTable(), [] as [string, unknown][]];
    let ahead = 0;
    const go: (() => void)[] = [];
    const bare = bareEngine(table, () => new Promise((resolve) => go.push(() => resolve({ ok: true }))), { clock: shifted(() => ahead) });
    bare.engine.ports.logger.log = (_, text, fields) => void (fields?.lateSeconds && said.push([text, fields.status]));
    await bare.blobs.put("forecasts/1.bin", bytes);
    const score = { loss: 0.1, coverage: 0.9, mdape: 0.1 };
    const named = { n: 1, blob: "forecasts/1.bin", at: 0, engine: "histogram-forest", records: 60, heldBack: 0, today: 0, score };
    await table.put({ ...keys.forecaster, v: 1, hash: sha256(bytes), ...named });
    await bare.engine.start();
    open.push(() => bare.engine.stop());
    await bare.plane.publish({ name: "w", deadline: 250, tasks: [wait("a", { type: "slow" }), wait("b", { type: "slow", needs: ["a"] })] });
    await bare.plane.startRun({ workflow: "w" });
    while (go.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    await bare.engine.tick();
    expect(said).toEqual([]);
    // The first task hangs: the deadline comes into doubt, then out of reach.
    for (const seconds of [150, 160, 200, 210]) {
      ahead = seconds * 1000;
      await bare.engine.tick();
    }
    expect(said.map(([, status]) => status).at(-1)).toBe("will be late");
    expect(new Set(said.map(([, status]) => status)).size).toBe(said.length);
    expect(said.at(-1)?.[0]).toMatch(/^Will miss its deadline by /);
    for (let i = 0; i < 2; i++) {
      while (go.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
      go.shift()?.();
    }
  });
});

/** The real clock, so far ahead. */
const shifted = (ahead: () => number) => {
  const clock = new SystemClock();
  return { now: () => clock.now() + ahead(), monotonic: () => clock.monotonic(), after: clock.after.bind(clock) };
};
