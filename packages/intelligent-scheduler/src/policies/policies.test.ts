import { POLICY_NAMES } from "@qmoi/config/schemas";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Candidate, type OrderPolicy, olderFirst, type Ranked, scoreOf } from "../order.ts";
import { simulate } from "../simulate/simulate.ts";
import { graphOf } from "../task-graph.ts";
import { forecastWorkflow } from "../workflow-forecast.ts";
import { WorkflowRanks } from "../workflow-ranks.ts";
import { fair, fast, POLICIES, policyNamed } from "./index.ts";

const TASKS = 5;
const each = <T>(arbitrary: fc.Arbitrary<T>) => fc.array(arbitrary, { minLength: TASKS, maxLength: TASKS });
/** Few values, so that many are equal. */
const some = fc.constantFrom(0, 1, 2, 7.5, 1e9);

const arbitraryRanked: fc.Arbitrary<Ranked> = fc
  .record({
    byRank: fc.boolean(),
    columns: fc.array(each(some), { minLength: 6, maxLength: 6 }),
    factors: fc.option(each(some), { nil: undefined }),
    lists: each(fc.nat(1)),
    deadlines: fc.option(each(fc.oneof(some, fc.constant(Number.POSITIVE_INFINITY))), { nil: undefined }),
  })
  .map(({ byRank, columns, deadlines, factors, lists }) => {
    // Numbered through: a task belongs to the list of the one before it, or is the first of its own.
    const listOf = lists.map((_, task) => lists.findLastIndex((first, n) => n <= task && (first === 1 || n === 0)));
    const [priority, rank, forecastRank, readyAt, downstream, upstream] = columns.map((values) => (task: number) => values[task]!);
    const made = {
      byRank,
      priority: priority!,
      rank: rank!,
      forecastRank: forecastRank!,
      readyAt: readyAt!,
      downstream: downstream!,
      upstream: upstream!,
      ...(factors && { instances: { list: (task: number) => listOf[task]!, factor: (task: number) => factors[task]! } }),
    };
    return deadlines ? { ...made, deadline: (task: number) => deadlines[task]! } : made;
  });

const arbitraryCandidate: fc.Arbitrary<Candidate> = fc
  .record({
    ranked: arbitraryRanked,
    task: fc.nat(TASKS - 1),
    slots: fc.integer({ min: 1, max: 9 }),
    run: fc.nat(1000).map(String),
    priority: fc.integer({ min: 1, max: 10 }),
    createdAt: fc.oneof(some, fc.nat(1e6)),
    deadlineAt: fc.option(fc.nat(1e6), { nil: undefined }),
    work: fc.record({ predicted: some, remaining: some, expected: some, total: some, path: some }),
  })
  .map(({ ranked, task, slots, deadlineAt, ...demand }) => ({
    ranked,
    task,
    slots,
    demand: { ...demand, workflow: "w", ...(deadlineAt === undefined ? {} : { deadlineAt }) },
  }));

describe.each(POLICIES.map((policy) => [policy.name, policy] as const))("%s", (_, policy) => {
  it("is a strict weak order of tasks", () => {
    const task = fc.nat(TASKS - 1);
    fc.assert(
      fc.property(arbitraryRanked, task, task, task, (ranked, a, b, c) => {
        const goesFirst = (x: number, y: number): boolean => policy.taskBefore(ranked, x, y);
        expect(goesFirst(a, a)).toBe(false);
        if (goesFirst(a, b)) expect(goesFirst(b, a)).toBe(false);
        if (goesFirst(a, b) && goesFirst(b, c)) expect(goesFirst(a, c)).toBe(true);
        const equal = (x: number, y: number): boolean => !goesFirst(x, y) && !goesFirst(y, x);
        if (equal(a, b) && equal(b, c)) expect(equal(a, c)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it("is a strict total order of runs", () => {
    const now = 1e6;
    const goesFirst = (x: Candidate, y: Candidate): boolean => {
      const [sx, sy] = [scoreOf(policy, x, now), scoreOf(policy, y, now)];
      return sx === sy ? olderFirst(x.demand, y.demand) : sx < sy;
    };
    fc.assert(
      fc.property(arbitraryCandidate, arbitraryCandidate, arbitraryCandidate, (a, b, c) => {
        for (const one of [a, b, c]) expect(scoreOf(policy, one, now)).not.toBeNaN();
        expect(goesFirst(a, a)).toBe(false);
        if (a.demand.run !== b.demand.run) expect(goesFirst(a, b)).not.toBe(goesFirst(b, a));
        if (goesFirst(a, b) && goesFirst(b, c)) expect(goesFirst(a, c)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe("the policies", () => {
  it("are those that the configuration offers", () => {
    expect(POLICIES.map(({ name }) => name)).toEqual(POLICY_NAMES);
  });

  it("let what is predicted to take longest go first of instances that became ready together, ranks or not", () => {
    for (const policy of [fast, fair]) {
      fc.assert(
        fc.property(arbitraryRanked, (given) => {
          const same = { priority: () => 5, forecastRank: () => 1, readyAt: () => 0 };
          const { deadline: _, ...ranked } = { ...given, ...same };
          const { list, factor } = ranked.instances ?? { list: (task: number) => task, factor: () => 1 };
          const sorted = Array.from({ length: TASKS }, (_, task) => task).sort((a, b) => (policy.taskBefore(ranked, a, b) ? -1 : 1));
          expect(sorted.map(list)).toEqual(sorted.map(list).sort((a, b) => a - b));
          sorted.slice(1).forEach((task, i) => {
            const before = sorted[i]!;
            if (list(task) === list(before)) expect(factor(before)).toBeGreaterThanOrEqual(factor(task));
          });
        }),
        { numRuns: 100 },
      );
    }
  });

  it("are tuned: without ageing fair orders as fast does, and a step of priority is worth the factor", () => {
    fc.assert(
      fc.property(arbitraryCandidate, fc.integer({ min: 1, max: 10 }), (candidate, priorityFactor) => {
        const tuned = (name: string, ageing: number) => scoreOf(policyNamed(name, { ageing, priorityFactor }), candidate, 1e6);
        expect(tuned("fair", 0)).toBe(tuned("fast", 3));
        const { deadlineAt: _, ...demand } = { ...candidate.demand, priority: 5 };
        const usual = { ...candidate, demand };
        const higher = { ...candidate, demand: { ...demand, priority: 6 } };
        const policy = policyNamed("fair", { ageing: 2, priorityFactor });
        expect(scoreOf(policy, usual, 1e6) / scoreOf(policy, higher, 1e6)).toBeCloseTo(priorityFactor, 9);
        expect(scoreOf(policy, usual, 1e6)).toBeLessThanOrEqual(scoreOf(fair, usual, 1e6));
      }),
      { numRuns: 100 },
    );
  });
});

describe("fair", () => {
  it("lets nothing starve: what is large comes to its turn however much that is small keeps arriving", () => {
    const run = (seconds: number, at: number) => {
      const workflow = { name: "w", ranks: new WorkflowRanks(graphOf([[]])), seconds: Float64Array.of(seconds) };
      return { workflow, forecast: forecastWorkflow(workflow.ranks.graph, workflow.seconds), at };
    };
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 60 }), fc.integer({ min: 5, max: 9 }), (large, small) => {
        // One slot, and as much small work as it can do: without ageing the large run waits until the stream has ended.
        const bound = 2 * large * (large / small) + 2 * small;
        const count = Math.ceil((2 * bound) / small);
        const runs = [run(1, 0), run(large, 1), ...Array.from({ length: count }, (_, i) => run(small, 2 + 1000 * small * i))];
        const startOf = (policy: OrderPolicy): number => simulate({ runs, pools: [1], steering: { policy } })[1]!.starts[0]! / 1000;
        expect(startOf(fair)).toBeLessThanOrEqual(bound);
        expect(startOf(fast)).toBeGreaterThan((count - 1) * small);
      }),
      { numRuns: 20 },
    );
  });
});
