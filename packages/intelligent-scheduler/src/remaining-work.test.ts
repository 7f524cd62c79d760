import { describe, expect, it } from "vitest";
import { RemainingWork } from "./remaining-work.ts";
import { graphOf } from "./task-graph.ts";
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
