import { describe, expect, it } from "vitest";
import { describeViolation, runSeeds, sumOf } from "./support/run-seeds.ts";

const SEEDS = 16;

/** Each role lives in engines that know one event and are killed like any process; feed, hints, wakes and calls fail as in the other worlds. */
describe("the engine as functions that remember nothing", () => {
  it(`breaks no invariant in ${SEEDS} seeded worlds, whatever fails around it`, { timeout: 300_000 }, async () => {
    const half = SEEDS / 2;
    const results = await runSeeds([
      [{ from: 1, seeds: half, layout: "full", functions: true }],
      [{ from: 1 + half, seeds: half, layout: "small", functions: true }],
    ]);
    const result = sumOf(results.map(([, each]) => each));
    expect(result.violations.map((violation) => describeViolation(violation))).toEqual([]);
    expect(result.seeds).toBe(SEEDS);
    expect(result.least.tasks).toBeGreaterThanOrEqual(40);
  });
});
