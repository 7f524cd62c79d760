import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RemainingWork } from "./remaining-work.ts";
import { graphOf } from "./task-graph.ts";
import { arbitraryWorkflow } from "./testing/arbitrary.ts";
import { forecastWorkflow } from "./workflow-forecast.ts";

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

  it("stays between the middle and twice that, whatever becomes of the tasks, and is nothing at the end", () => {
    const workflow = arbitraryWorkflow({ pools: 1, slots: 3 });
    const fates = fc.array(fc.constantFrom("ended", "ended", "dropped", "expanded"), { minLength: 9, maxLength: 9 });
    fc.assert(
      fc.property(workflow, fates, ({ workflow: { seconds }, forecast }, fate) => {
        const work = new RemainingWork(forecast);
        seconds.forEach((took, task) => {
          if (fate[task] === "expanded") work.expanded(task, 1);
          if (fate[task] === "dropped") work.dropped(task);
          else work.ended(task, took);
          const { expected, remaining } = work;
          expect(expected).toBeGreaterThanOrEqual(remaining * (1 - 1e-9) - 1e-6);
          expect(expected).toBeLessThanOrEqual(2 * remaining * (1 + 1e-9) + 1e-6);
        });
        expect(work.expected).toBeCloseTo(0, 6);
      }),
    );
  });
});
