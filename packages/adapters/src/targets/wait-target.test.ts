import type { Clock } from "@qmoi/core";
import { describe, expect, it } from "vitest";
import { testCall } from "./testing/calls.ts";
import { WaitTarget } from "./wait-target.ts";

/** Time that passes when told to, in both readings; `set` moves the wall clock alone. */
class ManualClock implements Clock {
  #elapsed = 0;
  #offset = Date.parse("2026-03-01T12:00:00Z");
  #timers = new Set<{ at: number; fn: () => void }>();
  now = () => this.#offset + this.#elapsed;
  monotonic = () => this.#elapsed;
  after(ms: number, fn: () => void): () => void {
    const timer = { at: this.#elapsed + ms, fn };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }
  get waiting(): number {
    return this.#timers.size;
  }
  set(ms: number): void {
    this.#offset += ms;
  }
  async pass(ms: number): Promise<void> {
    const end = this.#elapsed + ms;
    for (;;) {
      const next = [...this.#timers].sort((a, b) => a.at - b.at)[0];
      if (!next || next.at > end) break;
      this.#elapsed = next.at;
      this.#timers.delete(next);
      next.fn();
      await new Promise(setImmediate);
    }
    this.#elapsed = end;
  }
}

const start = (keys: Record<string, unknown>) => {
  const clock = new ManualClock();
  const { call, abort } = testCall({ type: "wait", ...keys });
  let state = "waiting";
  const result = new WaitTarget(clock).run(call).finally(() => {
    state = "ended";
  });
  return { clock, abort, result, state: () => state };
};

describe("WaitTarget", () => {
  it("waits the seconds, also long ones and fractions", async () => {
    for (const seconds of [0.25, 1, 100_000]) {
      const { clock, result, state } = start({ seconds });
      await clock.pass(seconds * 1000 - 1);
      expect(state()).toBe("waiting");
      await clock.pass(1);
      expect(await result).toEqual({ ok: true });
    }
  });

  it("does not wait for 0 seconds or a time that has passed", async () => {
    expect(await start({ seconds: 0 }).result).toEqual({ ok: true });
    expect(await start({ until: "2026-03-01T11:00:00Z" }).result).toEqual({ ok: true });
  });

  it("waits until a time with its offset, and sees that the clock was set", async () => {
    const plain = start({ until: "2026-03-01T14:00:00+01:00" });
    await plain.clock.pass(3_599_999);
    expect(plain.state()).toBe("waiting");
    await plain.clock.pass(1);
    expect(await plain.result).toEqual({ ok: true });
    const set = start({ until: "2026-03-01T13:00:00Z" });
    set.clock.set(3_600_000);
    await set.clock.pass(60_000);
    expect(await set.result).toEqual({ ok: true });
  });

  it("does not take the wall clock for its seconds", async () => {
    const { clock, state } = start({ seconds: 600 });
    clock.set(3_600_000);
    await clock.pass(599_999);
    expect(state()).toBe("waiting");
  });

  it("ends at once when aborted, and leaves no timer", async () => {
    const { clock, abort, result } = start({ seconds: 60 });
    abort("cancelled");
    expect(await result).toMatchObject({ ok: false, failure: { class: "cancelled" } });
    expect(clock.waiting).toBe(0);
  });

  it("refuses a wrong definition", async () => {
    for (const keys of [{}, { seconds: 1, until: "2026-03-01T12:00:00Z" }, { seconds: -1 }, { until: "tomorrow" }]) {
      expect(await start(keys).result).toMatchObject({ ok: false, failure: { class: "invalid" } });
    }
  });
});
