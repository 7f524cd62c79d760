import { randomInt } from "node:crypto";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { Aim } from "@qmoi/simulator";
import { afterAll, describe, expect, it } from "vitest";
import { storeCalls } from "./support/call-sites.ts";
import { matrixOf, printMatrix } from "./support/matrix.ts";
import { isUnder, NOT_SIMULATED } from "./support/not-simulated.ts";
import { describeViolation, type Layout, type SeedsTask, sumOf } from "./support/run-seeds.ts";
import { portions, SeedsThreads } from "./support/seeds-threads.ts";

interface Range extends SeedsTask {
  /** The same seeds each time, so that what they reach doesn't depend on luck. */
  readonly fixed: boolean;
}

/** Worlds of long-lived engines, of functions that remember nothing, and of seeds that nobody has seen: for each layout. */
const LAYOUTS: readonly Layout[] = ["full", "small"];
/** From so many on each fault has to have met each call of a store: fewer can't reach them all. */
const ALL = 2_000;
/** `QMOI_WORLDS=100` for fewer, while something is being written. */
const SEEDS = Number(process.env.QMOI_WORLDS ?? ALL);
const FUNCTIONS = Math.ceil(SEEDS / LAYOUTS.length / 10);
const NEW = FUNCTIONS;
const LONG_LIVED = Math.ceil(SEEDS / LAYOUTS.length) - FUNCTIONS - NEW;

const LEAST_TASKS = 40;
const LEAST_FAULTS = 3;
const LEAST_TIMES = 100;
/** Worlds that one thread takes at a time. */
const PORTION = 50;
const MOST_ROUNDS = 50;
/** More would leave a world little else. */
const MOST_AIMS = 12;

const known = Number(process.env.QMOI_SEED);
const seed = process.env.QMOI_SEED !== undefined && Number.isSafeInteger(known) ? Math.abs(known) : randomInt(2 ** 31);
const firstNew = 10_000 + (seed % 900_000_000);

const rangesOf = (layout: Layout, which: number): Range[] =>
  [
    { first: 1, count: LONG_LIVED, fixed: true },
    { first: 1, count: FUNCTIONS, fixed: true, functions: true },
    { first: firstNew, count: NEW, fixed: false },
  ].flatMap(({ first, count, ...rest }) => portions({ ...rest, layout, from: first + which * count, seeds: count }, PORTION));

/** Worlds in which these faults lie in wait. */
const aimedAt = (aims: readonly Aim[], round: number): SeedsTask[] =>
  LAYOUTS.flatMap((layout, which) => [
    { layout, aims, from: 5_000 + 20 * round + 10 * which, seeds: 6 },
    { layout, aims, from: 5_000 + 20 * round + 10 * which, seeds: 4, functions: true },
  ]);

const each = Math.max(1, Math.min(4, Math.floor(availableParallelism() / LAYOUTS.length)));
const threads = new SeedsThreads(Array.from({ length: each }, () => LAYOUTS).flat());
afterAll(() => threads.close());

describe(`the engine in ${SEEDS} seeded worlds`, () => {
  it("breaks no invariant, whatever fails around it, and meets each fault at each call of a store", { timeout: 3_600_000 }, async () => {
    const results = await threads.run(LAYOUTS.flatMap(rangesOf));
    const all = sumOf(results.map(([, result]) => result));
    expect(all.violations.map((violation) => describeViolation(violation))).toEqual([]);
    expect(all.seeds).toBe(SEEDS);
    expect(all.least.tasks).toBeGreaterThanOrEqual(LEAST_TASKS);
    expect(all.least.faults).toBeGreaterThanOrEqual(LEAST_FAULTS);
    const fixed = results.filter(([{ fixed }]) => fixed).map(([, result]) => result);
    let matrix = matrixOf(sumOf(fixed).faults);
    // What is reached in few worlds may have met some fault in none of them: further worlds, in which it lies in wait.
    for (let round = 0; SEEDS >= ALL && matrix.missing.length > 0 && round < MOST_ROUNDS; round++) {
      const aimed = (await threads.run(aimedAt(matrix.missing.slice(0, MOST_AIMS), round))).map(([, result]) => result);
      expect(sumOf(aimed).violations.map((violation) => describeViolation(violation))).toEqual([]);
      fixed.push(...aimed);
      matrix = matrixOf(sumOf(fixed).faults);
    }
    const aimedWorlds = sumOf(fixed).seeds + LAYOUTS.length * NEW - SEEDS;
    process.stdout.write(
      `${printMatrix(matrix)}\n${all.seeds} worlds, the last ${LAYOUTS.length * NEW} from seed ${firstNew} on, and ${aimedWorlds} in which faults lay in wait\n`,
    );
    expect(matrix.unknown).toEqual([]);
    if (SEEDS < ALL) return;
    expect(matrix.missing).toEqual([]);
    expect(matrix.world.filter(({ count }) => count < LEAST_TIMES)).toEqual([]);
  });
});

describe.each(NOT_SIMULATED)("what worlds don't reach, or seldom: $under", (left) => {
  it("is in the source, and has tests of its own", () => {
    expect(storeCalls().some((site) => isUnder(left, site))).toBe(true);
    for (const test of left.tests) expect(existsSync(new URL(`../../${test}`, import.meta.url)), test).toBe(true);
  });
});
