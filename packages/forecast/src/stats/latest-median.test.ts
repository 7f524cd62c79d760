import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { latestMedian } from "./latest-median.ts";

const numbers = fc.array(fc.integer({ min: -99, max: 99 }), { minLength: 1, maxLength: 20 });

describe("latestMedian", () => {
  it("has at most half of the weight below it, and at most half above, but for what it is interpolated between", () => {
    fc.assert(
      fc.property(numbers, (values) => {
        const weights = values.map((_, i) => 0.8 ** (values.length - 1 - i));
        const half = weights.reduce((sum, weight) => sum + weight, 0) / 2;
        const answer = latestMedian(values);
        const below = Math.max(...values.filter((value) => value <= answer));
        const above = Math.min(...values.filter((value) => value >= answer));
        const weigh = (counts: (value: number) => boolean): number =>
          weights.reduce((sum, weight, i) => sum + (counts(values[i]!) ? weight : 0), 0);
        expect(weigh((value) => value < below)).toBeLessThanOrEqual(half + 1e-9);
        expect(weigh((value) => value > above)).toBeLessThanOrEqual(half + 1e-9);
      }),
    );
  });

  it("follows a change within four values, and a single wild one hardly", () => {
    const before = new Array<number>(16).fill(1);
    expect(latestMedian([...before, 5, 5, 5, 5])).toBe(5);
    expect(latestMedian([...before, 99])).toBe(1);
    expect(latestMedian([])).toBeNaN();
  });

  it("doesn't depend on the unit", () => {
    fc.assert(
      fc.property(numbers, (values) => {
        expect(latestMedian(values.map((value) => 2 * value + 3))).toBeCloseTo(2 * latestMedian(values) + 3, 9);
      }),
    );
  });
});
