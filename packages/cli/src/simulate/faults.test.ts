import { MemoryTable } from "@qmoi/adapters";
import type { SimulateResult } from "@qmoi/simulator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli } from "../testing/run-cli.ts";

/** An engine without one condition: a second worker may claim an attempt that another one has. */
const { put } = MemoryTable.prototype;
beforeAll(() => {
  MemoryTable.prototype.put = function (item, options) {
    return put.call(this, item, options?.when?.site === "attempt.claim" ? { ...options, when: undefined as never } : options);
  };
});
afterAll(() => {
  MemoryTable.prototype.put = put;
});

const simulate = (line: string) => runCli(["simulate", ...line.split(" ")], { columns: 200 });

describe("qmoi simulate on an engine that is broken", () => {
  it("says which invariant which seed breaks, and how to live through the smallest such world again", async () => {
    const { code, out, err } = await simulate("--seeds 20 --tasks 6 --faults feed,hint,unanswered --json");
    expect([code, err]).toEqual([1, ""]);
    const [found] = (JSON.parse(out) as SimulateResult).violations;
    expect(found).toMatchObject({ invariant: expect.stringMatching(/^[a-z-]+$/), seed: expect.any(Number) });
    const { seed, invariant, message, trace, replay } = found as NonNullable<typeof found>;
    expect(replay).toMatch(new RegExp(`^qmoi simulate --seed ${seed} --tasks \\d+ .*--trace$`));

    const again = await simulate(replay.slice("qmoi simulate ".length));
    expect(again.code).toBe(1);
    expect(again.err).toContain(`${invariant}: ${message}`);
    expect(again.out).toBe(trace.map((line) => `${line}\n`).join(""));
    // Smaller by what happens in it: fewer tasks, fewer kinds of faults, nobody who meddles.
    const [, tasks, kinds] = /--tasks (\d+) .*--faults (\S+)/.exec(replay) ?? [];
    expect(Number(tasks)).toBeLessThanOrEqual(6);
    expect(kinds?.split(",").length).toBeLessThanOrEqual(7);
    expect(replay).toContain("--no-people");

    const told = await simulate(replay.slice("qmoi simulate ".length).replace(" --trace", ""));
    expect(told.code).toBe(1);
    expect(told.out).toContain(`✗ seed ${seed} breaks ${invariant}: ${message}\n`);
    expect(told.out).toContain(`${replay}\n`);
    expect(told.out).toContain("✗ 1 seed, 1 violation\n");
  });
});
