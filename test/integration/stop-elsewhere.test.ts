import { MemoryTable, SystemClock } from "@qmoi/adapters";
import { LATER, type TargetResult } from "@qmoi/core";
import {
  Completions,
  createControlPlane,
  Definitions,
  Engine,
  type Hint,
  Invocation,
  keys,
  type Ports,
  WorkInvocation,
} from "@qmoi/runtime";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { bareEngine } from "../support/bare-engine.ts";

/** What the service says of the end: no word of who wanted it. */
const ABORTED: TargetResult = { ok: false, failure: { class: "exception", code: "ABORTED", message: "The execution ended as ABORTED." } };

/** The functions of a stage over a table in memory, and work that goes on elsewhere until it is told to end. */
const stage = (stoppable: boolean) => {
  const [table, system] = [new MemoryTable(), new SystemClock()];
  let ahead = 0;
  const clock = { now: () => system.now() + ahead, monotonic: () => system.monotonic() + ahead, after: system.after.bind(system) };
  const messages: Hint[] = [];
  const [began, stopped]: [string[], string[]] = [[], []];
  const runner = {
    type: "wait",
    outlives: true,
    run: async ({ token }: { token: string }) => {
      began.push(token);
      return LATER;
    },
    ...(stoppable ? { stop: async ({ token }: { token: string }) => void stopped.push(token) } : {}),
  } as const;
  const ports: Ports = {
    ...bareEngine(table, runner.run as never).engine.ports,
    clock,
    targets: new Map([["wait", runner as never]]),
    hints: { send: async (sent) => void messages.push(...sent), consume: () => () => undefined },
  };
  const invocation = (): Invocation => new Invocation(ports, { id: `f${began.length}`, later: async () => undefined });
  const definitions = new Definitions(ports.blobs);
  const working = (): WorkInvocation => new WorkInvocation(ports, { id: `f${began.length}`, definitions });
  const ended = (): Completions => new Completions(ports);
  const roles = { decides: false, works: false, schedules: false };
  const engine = new Engine(ports, { id: "api", brief: true, roles, later: async () => undefined });
  engine.openPools();
  const api = createControlPlane(engine);
  const deliver = (): Promise<unknown> => working().hints(messages.splice(0));
  const start = async (timeout?: number, retry = { attempts: 3, backoff: "constant", delay: 0, jitter: "none" }): Promise<string> => {
    const task = { name: "a", target: { type: "wait", seconds: 1 }, retry, ...(timeout ? { timeout } : {}) };
    await api.publish({ name: "w", tasks: [task] } as never);
    const { run } = await api.startRun({ workflow: "w" });
    await invocation().tick();
    await deliver();
    expect(began).toHaveLength(1);
    return run;
  };
  const stateOf = async (run: string): Promise<string> => (await api.run(run)).state;
  const control = async (mode: "stopped" | "running", more: object = {}): Promise<void> => {
    const v = ((await table.get(keys.control))?.v ?? 0) + 1;
    const item = { ...keys.control, v, epoch: v, mode, at: clock.now(), ...more };
    await table.put(item);
    // What the table's stream tells.
    await invocation().changes([{ key: keys.control, item } as never]);
  };
  const pass = (ms: number): void => {
    ahead += ms;
  };
  return { table, ports, api, messages, began, stopped, invocation, working, ended, deliver, start, stateOf, control, pass };
};

describe("work that goes on elsewhere", () => {
  let cloud: ReturnType<typeof stage>;
  beforeEach(() => {
    cloud = stage(true);
  });

  it("is told to end when its run is cancelled, and its end ends the run", async () => {
    const { api, began, stopped, start, deliver, invocation, stateOf, ended } = cloud;
    const run = await start();
    await api.cancel(run);
    await deliver();
    expect(stopped).toEqual(began);
    expect(await stateOf(run)).toBe("cancelling");
    expect(await ended().complete(began[0] as string, ABORTED)).toBe(true);
    await invocation().tick();
    expect(await stateOf(run)).toBe("cancelled");
    await deliver();
    expect([stopped.length, began.length]).toEqual([1, 1]);
  });

  it("is told to end by a process that has read the grants before the work was granted", async () => {
    const { api, began, stopped, start, deliver, invocation, stateOf, ended } = cloud;
    const first = await start();
    await api.cancel(first);
    await deliver();
    expect(await ended().complete(began.splice(0)[0] as string, ABORTED)).toBe(true);
    await invocation().tick();
    stopped.splice(0);
    const second = await start();
    expect((await api.cancel(second)).state).toBe("cancelling");
    await deliver();
    expect(stopped).toEqual(began);
    expect(await stateOf(second)).toBe("cancelling");
  });

  it("is told again by each tick until it has ended, also where telling failed", async () => {
    const { api, began, stopped, messages, start, deliver, invocation, ports } = cloud;
    const run = await start();
    const sending = vi.spyOn(ports.hints, "send").mockRejectedValueOnce(new Error("away"));
    expect((await api.cancel(run)).state).toBe("cancelling");
    expect(sending).toHaveBeenCalledTimes(1);
    await invocation().tick();
    expect(messages.splice(0)).toHaveLength(1);
    await invocation().tick();
    await deliver();
    expect(stopped).toEqual(began);
  });

  it("is told when its time is over, and the next try is other work", async () => {
    const { began, stopped, messages, start, deliver, invocation, stateOf, pass, ended } = cloud;
    const run = await start(60);
    await invocation().tick();
    expect(messages).toEqual([]);
    pass(120_000);
    await invocation().tick();
    await deliver();
    expect(stopped).toEqual([began[0]]);
    await invocation().tick();
    await deliver();
    expect(began).toHaveLength(2);
    expect(await ended().complete(began[0] as string, { ok: true })).toBe(false);
    expect(await ended().complete(began[1] as string, { ok: true })).toBe(true);
    await invocation().tick();
    expect(await stateOf(run)).toBe("succeeded");
    expect(stopped).toHaveLength(1);
  });

  it("is told when everything is stopped and what runs is discarded, and begins anew after the start, as no further try", async () => {
    const { began, stopped, start, deliver, invocation, stateOf, control, ended } = cloud;
    const run = await start(undefined, { attempts: 1, backoff: "constant", delay: 0, jitter: "none" });
    await control("stopped", { discard: true });
    await deliver();
    expect(stopped).toEqual(began);
    expect(await ended().complete(began[0] as string, ABORTED)).toBe(true);
    await control("running");
    await invocation().tick();
    await deliver();
    expect(began).toHaveLength(2);
    expect(await ended().complete(began[1] as string, { ok: true })).toBe(true);
    await invocation().tick();
    expect(await stateOf(run)).toBe("succeeded");
  });

  it("goes on when everything is stopped and what runs may finish", async () => {
    const { messages, stopped, start, control } = cloud;
    await start();
    await control("stopped");
    expect([messages, stopped]).toEqual([[], []]);
  });

  it("goes on whatever a message says that nothing bears out", async () => {
    const { began, stopped, start, invocation, api, working, ended } = cloud;
    const run = await start();
    const hint: Hint = { run, task: 0, attempt: 1, readyAt: 0, grantedAt: 0, fold: 0, v: 1, stop: true };
    await working().hints([hint, { ...hint, attempt: 2 }, { ...hint, task: 7 }, { ...hint, run: "none" }]);
    expect(stopped).toEqual([]);
    expect(await ended().complete(began[0] as string, { ok: true })).toBe(true);
    await invocation().tick();
    await working().hints([hint]);
    expect(stopped).toEqual([]);
    expect((await api.run(run)).state).toBe("succeeded");
  });

  it("fails when somebody else has ended it", async () => {
    const { began, start, invocation, stateOf, ended } = cloud;
    const run = await start(undefined, { attempts: 1, backoff: "constant", delay: 0, jitter: "none" });
    expect(await ended().complete(began[0] as string, ABORTED)).toBe(true);
    await invocation().tick();
    expect(await stateOf(run)).toBe("failed");
  });

  it("is left alone where it can't be told", async () => {
    const { api, messages, start, invocation } = stage(false);
    await api.cancel(await start());
    await invocation().tick();
    expect(messages).toEqual([]);
  });
});
