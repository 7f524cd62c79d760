import { randomInt } from "node:crypto";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { describe, expect, it } from "vitest";
import { storeCalls } from "./support/call-sites.ts";
import { matrixOf, printMatrix } from "./support/matrix.ts";
import { isUnder, NOT_SIMULATED } from "./support/not-simulated.ts";
import { describeViolation, type Layout, runSeeds, type SeedsTask, sumOf } from "./support/run-seeds.ts";

interface Range extends SeedsTask {
  /** The same seeds each time, so that what they reach doesn't depend on luck. */
  readonly fixed: boolean;
}

/** Worlds of long-lived engines, of functions that remember nothing, and of seeds that nobody has seen: for each layout. */
const LONG_LIVED = 850;
const FUNCTIONS = 70;
const NEW = 80;
const LAYOUTS: readonly Layout[] = ["full", "small"];
const SEEDS = LAYOUTS.length * (LONG_LIVED + FUNCTIONS + NEW);

const LEAST_TASKS = 40;
const LEAST_FAULTS = 3;
const LEAST_TIMES = 100;

const known = Number(process.env.QMOI_SEED);
const seed = process.env.QMOI_SEED !== undefined && Number.isSafeInteger(known) ? Math.abs(known) : randomInt(2 ** 31);
const firstNew = 10_000 + (seed % 900_000_000);

/** The seeds of one of a layout's threads. */
const rangesOf = (layout: Layout, which: number, thread: number, threads: number): Range[] =>
  [
    { first: 1, count: LONG_LIVED, fixed: true },
    { first: 1, count: FUNCTIONS, fixed: true, functions: true },
    { first: firstNew, count: NEW, fixed: false },
  ].map(({ first, count, ...rest }) => {
    const share = Math.ceil(count / threads);
    const from = first + which * count + thread * share;
    return { ...rest, layout, from, seeds: Math.min(share, first + (which + 1) * count - from) };
  });

describe(`the engine in ${SEEDS} seeded worlds`, () => {
  it("breaks no invariant, whatever fails around it, and meets each fault at each call of a store", { timeout: 1_200_000 }, async () => {
    const threads = Math.max(1, Math.min(4, Math.floor(availableParallelism() / LAYOUTS.length)));
    const ranges = LAYOUTS.flatMap((layout, which) =>
      Array.from({ length: threads }, (_, thread) => rangesOf(layout, which, thread, threads)),
    );
    const results = await runSeeds(ranges);
    const all = sumOf(results.map(([, result]) => result));
    expect(all.violations.map((violation) => describeViolation(violation))).toEqual([]);
    expect(all.seeds).toBe(SEEDS);
    expect(all.least.tasks).toBeGreaterThanOrEqual(LEAST_TASKS);
    expect(all.least.faults).toBeGreaterThanOrEqual(LEAST_FAULTS);
    const fixed = sumOf(results.filter(([{ fixed }]) => fixed).map(([, result]) => result));
    const matrix = matrixOf(fixed.faults);
    process.stdout.write(`${printMatrix(matrix)}\n${all.seeds} worlds, the last ${LAYOUTS.length * NEW} from seed ${firstNew} on\n`);
    expect(matrix.unknown).toEqual([]);
    expect(matrix.missing).toEqual([]);
    expect(matrix.world.filter(({ count }) => count < LEAST_TIMES)).toEqual([]);
  });
});

describe.each(NOT_SIMULATED)("what worlds don't reach: $under", (left) => {
  it("is in the source, and has tests of its own", () => {
    expect(storeCalls().some((site) => isUnder(left, site))).toBe(true);
    for (const test of left.tests) expect(existsSync(new URL(`../../${test}`, import.meta.url)), test).toBe(true);
  });
});
