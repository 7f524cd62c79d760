import { type Clock, type Logger, silentLogger } from "@qmoi/core";
import { describe, expect, it } from "vitest";
import { followSchedules } from "./module-schedules.ts";

/** Time that goes on only when told to. */
class ManualClock implements Clock {
  #now = Date.UTC(2026, 0, 1, 12);
  #timers: { at: number; fn: () => void }[] = [];
  now = (): number => this.#now;
  monotonic = (): number => this.#now;
  after = (ms: number, fn: () => void): (() => void) => {
    const timer = { at: this.#now + ms, fn };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  };
  async pass(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.#timers = this.#timers.filter((one) => one !== due);
      this.#now = due.at;
      due.fn();
      for (let i = 0; i < 5; i++) await Promise.resolve();
    }
    this.#now = until;
  }
}

describe("followSchedules", () => {
  it("runs each module on its schedule, goes on after errors, and ends", async () => {
    const clock = new ManualClock();
    const ran: string[] = [];
    const warned: unknown[] = [];
    const logger: Logger = { log: (level, _, fields) => void (level === "warn" && warned.push(fields?.module)) };
    const stop = followSchedules(
      [
        { name: "a", schedule: "rate(5 minutes)", run: async () => void ran.push("a") },
        {
          name: "b",
          schedule: "cron(0 * * * ? *)",
          run: async () => {
            ran.push("b");
            throw new Error("no");
          },
        },
      ],
      clock,
      logger,
    );
    await clock.pass(2 * 3_600_000);
    expect(ran.filter((name) => name === "a").length).toBe(24);
    expect(ran.filter((name) => name === "b").length).toBe(2);
    expect(warned).toEqual(["b", "b"]);
    stop();
    await clock.pass(3_600_000);
    expect(ran.length).toBe(26);
  });

  it("never runs a module beside itself", async () => {
    const clock = new ManualClock();
    let end = (): void => undefined;
    let runs = 0;
    const run = (): Promise<void> => {
      runs++;
      return new Promise((resolve) => {
        end = resolve;
      });
    };
    const stop = followSchedules([{ name: "a", schedule: "rate(1 minute)", run }], clock, silentLogger);
    await clock.pass(600_000);
    expect(runs).toBe(1);
    end();
    await clock.pass(0);
    for (let i = 0; i < 5; i++) await Promise.resolve();
    await clock.pass(60_000);
    expect(runs).toBe(2);
    stop();
  });
});
