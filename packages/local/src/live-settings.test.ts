import { LOCAL } from "@qmoi/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { call, Laptop } from "../../../test/support/laptop.ts";

let laptop: Laptop;
let running = 0;
let most = 0;
let release: () => void = () => undefined;

beforeEach(async () => {
  [running, most] = [0, 0];
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  laptop = await Laptop.start({
    hold: async () => {
      most = Math.max(most, ++running);
      await held;
      return null;
    },
  });
});
afterEach(async () => {
  release();
  await laptop.stop();
});

const set = (document: string, path: string, value: never) =>
  laptop.system.configuration.set(document, { changes: [{ path, value }] }, { who: LOCAL });

const six = { name: "six", tasks: [1, 2, 3, 4, 5, 6].map((n) => ({ name: `t${n}`, target: call("hold") })) };

describe("settings of the task engine", () => {
  it("take effect while it runs: a wider pool starts what waited", async () => {
    await set("parallel", "pools.default.slots", 2 as never);
    await laptop.start(six);
    await expect.poll(() => running).toBe(2);
    await set("parallel", "pools.default.slots", 5 as never);
    await expect.poll(() => running).toBe(5);
    expect(most).toBe(5);
  });

  it("take effect while it runs: another policy, and another engine of forecasts", async () => {
    const { engine } = laptop.system;
    expect([engine.order.policy.name, engine.ports.training?.engine()]).toEqual(["fair", "histogram-forest"]);
    await set("algorithm", "order.policy", "upstream" as never);
    await set("algorithm", "forecasts.engine", "ml-random-forest" as never);
    await expect.poll(() => engine.order.policy.name).toBe("upstream");
    expect(engine.ports.training?.engine()).toBe("ml-random-forest");
    await expect(set("algorithm", "order.policy", "oracle-fair" as never)).rejects.toMatchObject({
      code: "QMOI_INVALID_CONFIG",
      message: expect.stringContaining("for benchmarks only; choose one of ready-fifo"),
    });
  });

  it("take effect while it runs: more tasks at a time", async () => {
    await set("parallel", "maxRunningTasks", 1 as never);
    await laptop.start(six);
    await expect.poll(() => running).toBe(1);
    await set("parallel", "maxRunningTasks", 3 as never);
    await expect.poll(() => running).toBe(3);
  });
});
