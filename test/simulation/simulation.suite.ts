import { describe, expect, it } from "vitest";
import { matrixOf, printMatrix } from "./support/matrix.ts";
import { describeViolation, runSeeds } from "./support/run-seeds.ts";

const SEEDS = 2_000;
const LEAST_TASKS = 40;
const LEAST_FAULTS = 3;
const LEAST_TIMES = 100;

describe(`the engine in ${SEEDS} seeded worlds`, () => {
  it("breaks no invariant, whatever fails around it", { timeout: 600_000 }, async () => {
    const half = SEEDS / 2;
    const result = await runSeeds([
      { from: 1, seeds: half, layout: "full" },
      { from: 1 + half, seeds: half, layout: "small" },
    ]);
    expect(result.violations.map((violation) => describeViolation(violation))).toEqual([]);
    expect(result.seeds).toBe(SEEDS);
    expect(result.least.tasks).toBeGreaterThanOrEqual(LEAST_TASKS);
    expect(result.least.faults).toBeGreaterThanOrEqual(LEAST_FAULTS);
    const matrix = matrixOf(result.faults);
    process.stdout.write(`${printMatrix(matrix)}\n`);
    expect(matrix.unknown).toEqual([]);
    expect(matrix.missing).toEqual([]);
    expect(matrix.world.filter(({ count }) => count < LEAST_TIMES)).toEqual([]);
  });
});
