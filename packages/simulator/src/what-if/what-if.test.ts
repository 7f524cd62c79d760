import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type PlayedRun, type PlayedTask, POLICIES, policyNamed, reportHtml, timelineSvg, whatIf } from "../index.ts";
import { expectedByType } from "./expected.ts";
import { placeInLanes } from "./lanes.ts";

const task = (name: string, seconds: number, needs: readonly number[] = [], more: Partial<PlayedTask> = {}): PlayedTask => ({
  name,
  needs,
  pool: "default",
  slots: 1,
  type: name,
  priority: 5,
  seconds,
  estimate: seconds,
  ...more,
});
const run = (name: string, at: number, tasks: readonly PlayedTask[]): PlayedRun => ({ run: name, workflow: name, at, priority: 5, tasks });

/** a (2 s) is needed by b (4 s) and c (3 s), which both are by d (1 s). */
const diamond = [task("a", 2), task("b", 4, [0]), task("c", 3, [0]), task("d", 1, [1, 2])];

const arbitraryRuns: fc.Arbitrary<PlayedRun[]> = fc.array(
  fc
    .record({
      at: fc.nat(60_000),
      tasks: fc.array(
        fc.record({
          needs: fc.array(fc.nat(50), { maxLength: 2 }),
          seconds: fc.integer({ min: 1, max: 30 }),
          slots: fc.constantFrom(1, 1, 2),
        }),
        { minLength: 1, maxLength: 8 },
      ),
    })
    .map(({ at, tasks }) =>
      run(
        `r${at}`,
        at,
        tasks.map(({ needs, seconds, slots }, n) =>
          task(`t${n}`, seconds, n === 0 ? [] : [...new Set(needs.map((need) => need % n))], { slots }),
        ),
      ),
    ),
  { minLength: 1, maxLength: 6 },
);

describe("what if", () => {
  it("gives makespan, completion, waiting and utilisation", () => {
    const [one, two] = [1, 2].map((slots) =>
      whatIf({ runs: [run("r", 5_000, diamond)], pools: { default: slots }, policy: policyNamed("fair") }),
    );
    expect(one).toMatchObject({ runs: 1, tasks: 4, makespan: 10, meanCompletion: 10, utilisation: 1, utilisationOf: { default: 1 } });
    // With one slot c waits for b, or b for c.
    expect(one?.meanWaiting).toBeCloseTo(4 / 4);
    expect(two).toMatchObject({ makespan: 7, meanCompletion: 7, meanWaiting: 0, longestWaiting: 0 });
    expect(two?.utilisation).toBeCloseTo(10 / 14);
  });

  it("orders by what is expected, and tasks take what they take", () => {
    const short = run("short", 1, [task("s", 1)]);
    const long = run("long", 2, [task("l", 9)]);
    const blocker = run("blocker", 0, [task("x", 5)]);
    const ends = (expected: (one: PlayedTask) => number) =>
      whatIf({ runs: [blocker, short, long], pools: { default: 1 }, policy: policyNamed("fast"), expected }).spans.map(
        ({ run: name, startedAt }) => [name, startedAt],
      );
    expect(ends(({ estimate }) => estimate)).toEqual([
      ["blocker", 0],
      ["short", 5_000],
      ["long", 6_000],
    ]);
    expect(ends(({ name }) => (name === "s" ? 100 : 1))).toEqual([
      ["blocker", 0],
      ["short", 14_000],
      ["long", 5_000],
    ]);
  });

  it("expects the median of a type that is known, else what the author does", () => {
    const seen = [1, 2, 3, 4, 50].map((seconds, n) =>
      run(`r${n}`, n, [task("a", seconds, [], { estimate: 7 }), task(`b${n}`, 1, [], { estimate: 7 })]),
    );
    const expected = expectedByType(seen);
    expect(expected(task("a", 0))).toBe(3);
    expect(expected(task("b0", 0, [], { estimate: 7 }))).toBe(7);
  });

  it("refuses what no pool can hold", () => {
    const wide = run("wide", 0, [task("w", 1, [], { slots: 3 })]);
    expect(() => whatIf({ runs: [wide], pools: { default: 2 }, policy: policyNamed("fair") })).toThrow(
      expect.objectContaining({ code: "QMOI_INVALID_INPUT", path: "pools.default" }),
    );
    expect(() =>
      whatIf({ runs: [run("r", 0, [task("g", 1, [], { pool: "gpu" })])], pools: { default: 2 }, policy: policyNamed("fair") }),
    ).toThrow(/pool "gpu"/);
  });

  it("never gives a slot twice, and no run ends before its longest way", () => {
    fc.assert(
      fc.property(arbitraryRuns, fc.integer({ min: 2, max: 5 }), fc.constantFrom(...POLICIES), (runs, slots, policy) => {
        const answer = whatIf({ runs, pools: { default: slots }, policy });
        const placed = placeInLanes(answer.spans);
        for (const { lanes } of placed) for (const lane of lanes) expect(lane).toBeLessThan(slots);
        expect(answer.utilisation).toBeLessThanOrEqual(1 + 1e-9);
        expect(answer.makespan).toBeGreaterThanOrEqual(answer.meanCompletion - 1e-9);
        for (const { readyAt, startedAt } of answer.spans) expect(startedAt).toBeGreaterThanOrEqual(readyAt);
      }),
      { numRuns: 100 },
    );
  });
});

describe("the picture", () => {
  const spans = whatIf({ runs: [run("a<b>", 0, diamond)], pools: { default: 2 }, policy: policyNamed("fair") }).spans;

  it("has a bar for each slot that a task holds, and says who it is", () => {
    const svg = timelineSvg([{ title: 'fair & "2"', spans, pools: { default: 2 } }]);
    expect(svg.match(/<title>/g)).toHaveLength(4);
    expect(svg.match(/class="lane"/g)).toHaveLength(2);
    expect(svg).toContain("<title>a&#60;b&#62; d: waited 0 s, ran 1 s</title>");
    expect(svg).not.toMatch(/NaN|undefined/);
  });

  it("stands on a page with its figures", () => {
    const answer = whatIf({ runs: [run("r", 0, diamond)], pools: { default: 2 }, policy: policyNamed("fair") });
    const html = reportHtml("What if", [{ title: "fair", spans, pools: { default: 2 }, figures: answer }]);
    expect(html).toContain("<tr><th>fair</th><td>1</td><td>4</td><td>7</td>");
    expect(html.match(/<svg/g)).toHaveLength(1);
  });
});
