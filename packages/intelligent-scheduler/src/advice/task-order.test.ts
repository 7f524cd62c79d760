import { describe, expect, it } from "vitest";
import { explainTaskOrder } from "./task-order.ts";

describe("the order of a run's tasks", () => {
  it("is told with what it follows from: the forecast, or what ended runs would have gained", () => {
    const told = (byRank: boolean, gains: readonly number[] = []): string =>
      explainTaskOrder({ byRank, played: true, gains, instances: false });
    expect(told(true)).toBe("The longest predicted way to the end goes first: by the forecast that ends it sooner.");
    expect(told(false)).toBe("What became ready first goes first: by the forecast that ends it no later.");
    expect(told(true, [0.041])).toBe(
      "The longest predicted way to the end goes first. By predicted ways its latest run would have ended 4.1% sooner.",
    );
    expect(told(false, [0.01, -0.05])).toBe(
      "What became ready first goes first. By predicted ways its latest 2 runs would have ended 2.0% later on average, 1 of them later.",
    );
    expect(explainTaskOrder({ byRank: true, played: false, gains: [], instances: false })).toBe(
      "The longest predicted way to the end goes first.",
    );
    expect(explainTaskOrder({ byRank: false, played: false, gains: [], instances: true })).toBe(
      "What became ready first goes first. Instances that take longest again go first of theirs.",
    );
  });
});
