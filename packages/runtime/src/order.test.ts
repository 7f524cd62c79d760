import { MemoryTable } from "@qmoi/adapters";
import { compile, type Graph } from "@qmoi/advanced-automation";
import type { Workflow } from "@qmoi/config";
import { type Clock, type Item, silentLogger } from "@qmoi/core";
import type { Forecast } from "@qmoi/forecast";
import { describe, expect, it } from "vitest";
import { type HeaderItem, keys } from "./items.ts";
import { Learned } from "./learned.ts";
import { Order, type OrderParts } from "./order.ts";
import type { Ports } from "./ports.ts";
import { RunEntry } from "./run-entry.ts";
import type { EngineSettings } from "./settings.ts";

const graphOf = (name: string): Graph =>
  compile(
    {
      name,
      tasks: ["a", "b", "c"].map((task, n) => ({ name: task, target: { type: "wait", seconds: 1 }, estimate: 10 * (n + 1) })),
    } as unknown as Workflow,
    name,
  );

let now = 0;
const table = new MemoryTable();

/** The order of an engine of its own, which has seen types take so many seconds, and whose pools have so many slots. */
const orderOf = (
  medians: Readonly<Record<string, number>> = {},
  slots = 2,
  instances: readonly number[] = [],
  seconds: OrderParts["forecasts"]["seconds"] = () => undefined,
): Order =>
  new Order({
    ports: {
      settings: () => ({ policy: "fair" }) as unknown as EngineSettings,
      clock: { now: () => now } as Clock,
      table,
      logger: silentLogger,
    } as unknown as Ports,
    learned: new Learned(),
    forecasts: { model: undefined, seconds, instances: (_, task) => (task.def.forEach ? instances : []), factorsOf: () => undefined },
    statistics: { medianOf: (type) => medians[type] },
    host: { pool: () => ({ slots, largestTask: 1 }) },
  });

describe("what engines predict of one workflow", () => {
  it("is derived once where they know the same", () => {
    const graph = graphOf("shared");
    expect(orderOf().of(graph, 0)).toBe(orderOf().of(graph, 60_000));
  });

  it.each([
    ["what tasks took", orderOf({ "told/b": 7 })],
    ["slots", orderOf({}, 3)],
  ])("is derived again for one that knows other %s, and again for the first", (_, other) => {
    const graph = graphOf("told");
    const first = orderOf().of(graph, 0);
    expect(other.of(graph, 0)).not.toBe(first);
    expect(orderOf().of(graph, 0)).not.toBe(other.of(graph, 0));
    expect(orderOf().of(graph, 0)).toEqual(first);
  });

  it("counts a forEach as often as its latest runs had instances", () => {
    const tasks = ["a", "b"].map((name) => ({ name, target: { type: "wait", seconds: 1 }, estimate: 10 }));
    const each = { ...tasks[1], forEach: { list: "inputs.list", max: 100 } };
    const graph = compile({ name: "each", tasks: [tasks[0], each] } as unknown as Workflow, "each");
    expect(orderOf().of(graph, 0).work.total).toBe(20);
    expect(orderOf({}, 2, [3, 5, 9]).of(graph, 0).work.total).toBe(60);
  });

  it("goes by what an engine itself has seen, whatever others have", () => {
    const graph = graphOf("seen");
    expect([...orderOf().of(graph, 0).work.seconds]).toEqual([10, 20, 30]);
    expect([...orderOf({ "seen/b": 7 }).of(graph, 0).work.seconds]).toEqual([10, 7, 30]);
    expect([...orderOf().of(graph, 0).work.seconds]).toEqual([10, 20, 30]);
  });
});

describe("whether tasks go by their ranks", () => {
  /** A run of the workflow has ended so, and its tasks took so many seconds. */
  const ended = async (order: Order, graph: Graph, seconds: readonly number[], st = "succeeded"): Promise<void> => {
    const header = { pk: `R#${graph.workflow.name}-${++runs}`, v: 1, st } as HeaderItem;
    for (const [task, took] of seconds.entries())
      await table.put({
        ...keys.attempt(header.pk.slice(2), task, 1),
        v: 1,
        s: "succeeded",
        ra: 0,
        sa: 0,
        ea: took * 1000,
      } as unknown as Item);
    const state = { expansions: [], size: seconds.length } as unknown as RunEntry["state"];
    await order.ended({ graph, header, predicted: order.of(graph, now), state });
  };
  let runs = 0;

  it("is told by the forecast at first, and by what runs took once two have ended: one a minute is played", async () => {
    const graph = graphOf("tried");
    const order = orderOf();
    expect(order.of(graph, 0).byRank).toBe(true);
    await ended(order, graph, [30, 1, 1]);
    await ended(order, graph, [30, 1, 1]);
    expect(order.of(graph, now).byRank).toBe(true);
    now += 60_000;
    await ended(order, graph, [30, 1, 1], "failed");
    expect(order.of(graph, now).byRank).toBe(true);
    await ended(order, graph, [30, 1, 1]);
    expect(order.of(graph, now).byRank).toBe(false);
    // Another engine has not seen them.
    expect(orderOf().of(graph, now).byRank).toBe(true);
    expect(order.of(graph, now).byRank).toBe(false);
  });

  it("is not tried where all of its tasks have room at once, and done without where the attempts can't be read", async () => {
    const graph = graphOf("roomy");
    expect(orderOf({}, 3).of(graph, now).playable).toBeUndefined();
    await ended(orderOf({}, 3), graph, [30, 1, 1]);
    const order = orderOf();
    const query = table.query;
    table.query = async () => Promise.reject(new Error("the table is away"));
    await ended(order, graph, [30, 1, 1]);
    table.query = query;
    expect(order.of(graph, now).byRank).toBe(true);
  });
});

describe("a run of which nothing like it has ended before", () => {
  const levels = { a: "type", b: "program", c: "declared" } as const;
  const order = orderOf({}, 2, [], (_, { name }) => ({ point: 10, lo: 5, hi: 20, level: levels[name as "a"] }) as unknown as Forecast);
  const entryOf = (name: string): RunEntry => {
    const graph = graphOf(name);
    const header = {
      pk: `R#${name}`,
      v: 1,
      n: 3,
      small: true,
      b: "",
      wf: name,
      pr: 5,
      ca: 0,
      sa: 0,
      st: "running",
    } as unknown as HeaderItem;
    const entry = new RunEntry(header, graph, {}, new Map(), new Map());
    entry.predict(order.of(graph, 0));
    return entry;
  };

  it("is told by the level of its forecasts", () => {
    expect([...order.of(graphOf("levels"), 0).work.untried]).toEqual([0, 1, 0]);
  });

  it("is known by what was granted of it, until that has ended or was not granted after all", () => {
    const entry = entryOf("granted");
    const first = (task: number) => entry.ranked.firstOf?.(task);
    expect([first(0), first(1)?.since]).toEqual([undefined, undefined]);
    expect([entry.begin(1, 5000), entry.begin(0, 6000)]).toEqual([true, true]);
    expect([first(0)?.since, first(1)?.since]).toEqual([6000, 5000]);
    for (const task of [0, 1, 1]) entry.leave(task);
    expect([...entry.inflight]).toEqual([]);
    expect([first(0), first(1)?.since]).toEqual([undefined, undefined]);
    entry.begin(1, 7000);
    entry.leave(1);
    entry.took(1, 3);
    expect(first(1)).toBeUndefined();
  });
});
