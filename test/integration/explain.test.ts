import { MemoryTable } from "@qmoi/adapters";
import type { TargetResult } from "@qmoi/core";
import { type ControlPlane, createControlPlane, Engine, type Reason } from "@qmoi/runtime";
import { afterEach, beforeEach, expect, it } from "vitest";
import { bareEngine } from "../support/bare-engine.ts";

/** Why tasks wait, by an API that no feed tells anything: it began before the work did, and remembers what it has read. */
let worker: Engine;
let api: ControlPlane;
let held: ((result: TargetResult) => void)[];

beforeEach(async () => {
  held = [];
  const { engine } = bareEngine(new MemoryTable(), () => new Promise<TargetResult>((resolve) => held.push(resolve)));
  worker = engine;
  const deaf = new Engine(engine.ports, { id: "api", brief: true, roles: { decides: false, works: false, schedules: false } });
  deaf.openPools();
  api = createControlPlane(deaf);
  await worker.start();
});

afterEach(async () => {
  for (const end of held) end({ ok: true });
  await worker.stop();
});

const target = { type: "wait", seconds: 1 };
const start = async (document: object): Promise<string> => {
  const { name } = document as { name: string };
  await api.publish(document as never);
  return (await api.startRun({ workflow: name })).run;
};
const began = (count: number): Promise<void> => expect.poll(() => held.length).toBe(count) as unknown as Promise<void>;
const why = async (run: string, task: string): Promise<Reason | undefined> => (await api.explain(run, task)).reasons[0];

it("names a full pool of the workflow and who holds it, and no one that has left it", async () => {
  const resources = { pool: "one" };
  const tasks = ["a", "b", "c"].map((name, n) => ({ name, priority: 9 - n, resources, target }));
  const run = await start({ name: "own", pools: { one: { slots: 1 } }, tasks });
  await began(1);
  expect(await why(run, "c")).toMatchObject({
    kind: "pool",
    text: expect.stringContaining('All 1 slots of pool "own/one"'),
    by: [`${run}/0`],
  });
  held[0]?.({ ok: true });
  await began(2);
  expect(await why(run, "c")).toMatchObject({ kind: "pool", by: [`${run}/1`] });
});

it("names a full pool of the settings", async () => {
  const { slots } = worker.ports.settings().pools.default ?? { slots: 0 };
  const run = await start({ name: "wide", tasks: Array.from({ length: slots + 1 }, (_, n) => ({ name: `t${n}`, target })) });
  await began(slots);
  expect(await why(run, `t${slots}`)).toMatchObject({ kind: "pool", text: expect.stringContaining(`All ${slots} slots`) });
});

it("names a concurrency key that is taken, and a rate limit without a token", async () => {
  const concurrency = { key: "db", limit: 1 };
  const rate = { key: "calls", limit: 1, per: 600 };
  const keyed = await start({ name: "keyed", tasks: ["a", "b"].map((name, n) => ({ name, priority: 9 - n, concurrency, target })) });
  await began(1);
  expect(await why(keyed, "b")).toMatchObject({ kind: "concurrency", text: expect.stringContaining('"db"'), by: [`${keyed}/0`] });
  const rated = await start({ name: "rated", tasks: ["a", "b"].map((name, n) => ({ name, priority: 9 - n, rate, target })) });
  await began(2);
  // The slots that it had without a token are given back a moment later.
  await expect
    .poll(() => why(rated, "b"))
    .toMatchObject({ kind: "rate", text: expect.stringContaining('"calls"'), until: expect.any(Number) });
});
