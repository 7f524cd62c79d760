import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RemainingWork } from "./remaining-work.ts";
import { graphOf } from "./task-graph.ts";
import { arbitraryWorkflow } from "./testing/arbitrary.ts";
import { forecastWorkflow, meanOverMedian, UNTRIED_VARIANCE } from "./workflow-forecast.ts";

describe("the work of a run with a forEach", () => {
  const work = (): RemainingWork => new RemainingWork(forecastWorkflow(graphOf([[], [0]]), [10, 10], { counts: [1, 5], kinds: [0, 1] }));

  it("is what its latest runs had, until it is known", () => {
    expect(work().remaining).toBe(60);
    const few = work();
    few.expanded(1, 2);
    expect(few.remaining).toBe(30);
    few.dropped(1);
    expect(few.remaining).toBe(20);
    const none = work();
    none.expanded(1, 0);
    expect(none.remaining).toBe(10);
  });

  it("is what its instances are each predicted to take, and none errs that takes as much", () => {
    const each = work();
    each.expanded(1, 4 + 0.5 + 1.5);
    expect(each.remaining).toBe(70);
    each.started(1, 1000, 4);
    expect(each.firstOf(1)).toMatchObject({ seconds: 40, since: 1000 });
    expect(each.ended(1, 40, 4)).toBe(true);
    expect(each.remaining).toBeCloseTo(30, 9);
    each.ended(1, 5, 0.5);
    expect(each.remaining).toBeCloseTo(25, 9);
    each.dropped(1, 1.5);
    expect(each.remaining).toBeCloseTo(10, 9);
  });

  it("is gone as a whole where it never comes to that", () => {
    const skipped = work();
    skipped.dropped(1);
    expect(skipped.remaining).toBe(10);
  });
});

describe("the work that is expected of a run", () => {
  const TASKS = 8;
  const independent = graphOf(Array.from({ length: TASKS }, () => []));
  const unsure = (variance: number, kinds: readonly number[]): RemainingWork =>
    new RemainingWork(forecastWorkflow(independent, new Array(TASKS).fill(10), { kinds, variances: new Array(TASKS).fill(variance) }));
  const oneKind = new Array<number>(TASKS).fill(0);
  const excess = ({ expected, remaining }: RemainingWork): number => expected / remaining;

  it("is the mean of what it may come to, at most twice the middle", () => {
    expect(excess(unsure(0, oneKind))).toBe(1);
    expect(excess(unsure(0.5, oneKind))).toBeCloseTo(Math.exp(0.25), 10);
    expect(excess(unsure(25, oneKind))).toBeCloseTo(2, 10);
  });

  it("comes nearer to the middle with each task that ends, most for the tasks of its kind", () => {
    const work = unsure(1, oneKind);
    let before = excess(work);
    for (let task = 0; task < TASKS - 1; task++) {
      work.ended(task, 10);
      expect(excess(work)).toBeLessThan(before);
      before = excess(work);
    }
    const [like, unlike] = [unsure(1, oneKind), unsure(1, [0, 1, 1, 1, 1, 1, 1, 1])];
    for (const each of [like, unlike]) each.ended(0, 10);
    expect(excess(like)).toBeLessThan(excess(unlike));
    expect(excess(unlike)).toBeLessThan(excess(unsure(1, oneKind)));
  });

  it("stays between the middle and twice that, or six times where something was never tried, whatever becomes of the tasks, and is nothing at the end", () => {
    const workflow = arbitraryWorkflow({ pools: 1, slots: 3 });
    const fates = fc.array(fc.constantFrom("ended", "ended", "dropped", "expanded"), { minLength: 9, maxLength: 9 });
    fc.assert(
      fc.property(workflow, fates, ({ workflow: { seconds }, forecast }, fate) => {
        const work = new RemainingWork(forecast);
        const most = forecast.untried.includes(1) ? meanOverMedian(UNTRIED_VARIANCE) : 2;
        seconds.forEach((took, task) => {
          if (fate[task] === "expanded") work.expanded(task, 1);
          if (fate[task] === "dropped") work.dropped(task);
          else work.ended(task, took);
          const { expected, remaining } = work;
          expect(expected).toBeGreaterThanOrEqual(remaining * (1 - 1e-9) - 1e-6);
          expect(expected).toBeLessThanOrEqual(most * remaining * (1 + 1e-9) + 1e-6);
        });
        expect(work.expected).toBeCloseTo(0, 6);
      }),
    );
  });
});

describe("a kind of which none has ended", () => {
  const graph = graphOf([[], [], [0], [1]]);
  /** Two kinds of two tasks each: the first untried, the second not. */
  const work = (untried = [true, false, true, false]): RemainingWork =>
    new RemainingWork(forecastWorkflow(graph, [10, 20, 30, 40], { kinds: [0, 1, 0, 1], variances: [0.5, 0.5, 0.5, 0.5], untried }));

  it("is known by its first task that runs, and by that it was never tried", () => {
    const run = work();
    expect(run.firstOf(2)).toMatchObject({ untried: true, seconds: 30 });
    expect(run.firstOf(2)).not.toHaveProperty("since");
    expect(run.firstOf(3)).toBeUndefined();
    expect([run.started(0, 1000), run.started(2, 5000), run.started(1, 7000)]).toEqual([true, false, true]);
    expect(run.firstOf(2)).toMatchObject({ untried: true, seconds: 10, since: 1000 });
    expect(run.firstOf(3)).toMatchObject({ untried: false, seconds: 20, since: 7000 });
  });

  it("is again as it was when all of it have stopped, and goes by what they took once one has ended", () => {
    const run = work();
    run.started(0, 1000);
    run.started(2, 2000);
    run.stopped(0);
    expect(run.firstOf(0)).toHaveProperty("since", 1000);
    run.stopped(2);
    expect(run.firstOf(0)).not.toHaveProperty("since");
    run.started(2, 9000);
    expect(run.firstOf(0)).toHaveProperty("since", 9000);
    run.stopped(2);
    run.ended(2, 30);
    expect(run.firstOf(0)).toBeUndefined();
    expect(run.started(0, 9999)).toBe(false);
    expect(run.firstOf(0)).toBeUndefined();
  });

  it("has its share of what is expected of the run", () => {
    const workflow = arbitraryWorkflow({ pools: 1, slots: 3 });
    fc.assert(
      fc.property(workflow, fc.nat(8), ({ forecast, workflow: { seconds } }, last) => {
        const run = new RemainingWork(forecast);
        const open = (): number => {
          const kinds = new Map(Array.from(forecast.kinds, (kind, task) => [kind, task]));
          for (const task of forecast.kinds.keys()) run.started(task, 0);
          return [...kinds.values()].reduce((sum, task) => sum + (run.firstOf(task)?.expected() ?? 0), 0);
        };
        expect(open()).toBeCloseTo(run.expected, 6);
        for (let task = 0; task < Math.min(last, seconds.length); task++) run.ended(task, seconds[task]!);
        expect(open()).toBeLessThanOrEqual(run.expected * (1 + 1e-9) + 1e-9);
      }),
    );
  });

  it("is believed to take longer as others of the run do, the more where none was ever tried", () => {
    const [known, unknown] = [work([false, false, false, false]), work([true, true, true, true])];
    for (const run of [known, unknown]) {
      const before = run.remaining;
      run.ended(0, 100);
      run.ended(2, 300);
      expect(run.remaining).toBeGreaterThan(before - 40);
    }
    expect(unknown.remaining).toBeGreaterThan(1.5 * known.remaining);
  });
});
