import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Prng } from "../forest/prng.ts";
import { addSums, type LineSums, lineAt, lineOf, noSums, robustWeights, slopeOver } from "./size-line.ts";

const lineThrough = (
  x: readonly number[],
  y: readonly number[],
  weights: ArrayLike<number> = x.map(() => 1),
  slope = 0,
): ReturnType<typeof lineOf> => {
  const sums = noSums();
  x.forEach((value, i) => {
    addSums(sums, value, y[i]!, weights[i]!);
  });
  return lineOf(sums, slope);
};

const even = (x: readonly number[]): number[] => x.map(() => 1);

describe("size line", () => {
  it("finds a line through many points", () => {
    const prng = new Prng(1);
    const x = Array.from({ length: 500 }, () => 20 * prng.next());
    const line = lineThrough(
      x,
      x.map((value) => 3 + 0.7 * value + prng.next() - 0.5),
    );
    expect(line.slope).toBeCloseTo(0.7, 1);
    expect(lineAt(line, 10)).toBeCloseTo(10, 0);
  });

  it("is not misled by wild values", () => {
    const x = Array.from({ length: 60 }, (_, i) => i / 6);
    const y = x.map((value, i) => (i % 10 === 9 ? 40 : value));
    const robust = lineThrough(x, y, robustWeights(x, y, even(x)));
    expect(Math.abs(robust.slope - 1)).toBeLessThan(0.05);
    expect(Math.abs(lineAt(robust, 5) - 5)).toBeLessThan(0.3);
    expect(Math.abs(lineAt(lineThrough(x, y), 5) - 5)).toBeGreaterThan(2);
  });

  it("is flat where two points are all there is to say so, or it would fall, or rise faster than any work grows", () => {
    expect(lineThrough([5, 5.001], [0, 0.1]).slope).toBeLessThan(0.1);
    expect(lineThrough([1, 2, 3, 4, 5, 6], [9, 8, 7, 6, 5, 4]).slope).toBe(0);
    expect(lineThrough([1, 2, 3, 4, 5, 6], [0, 10, 20, 30, 40, 50]).slope).toBe(0);
  });

  it("says something finite of any size", () => {
    const double = fc.double({ min: -1e3, max: 1e3, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(double, double), { minLength: 1, maxLength: 20 }), double, (points, size) => {
        const x = points.map(([value]) => value);
        const y = points.map(([, value]) => value);
        const weights = robustWeights(x, y, even(x));
        expect(Math.min(...weights)).toBeGreaterThan(0);
        expect(Number.isFinite(lineAt(lineThrough(x, y, weights), size))).toBe(true);
      }),
    );
  });

  it("is drawn to the slope to expect where sizes hardly differ, and as unsure as slopes differ", () => {
    const near = lineThrough([10, 10.01, 10.02], [3, 3.1, 2.9], [1, 1, 1], 0.8);
    expect(near.slope).toBeCloseTo(0.8, 1);
    expect(near.slopeDeviation).toBeCloseTo(0.5, 1);
    const apart = lineThrough([6, 8, 10, 12, 14], [3, 3.1, 2.9, 3, 3], [1, 1, 1, 1, 1], 0.8);
    expect(apart.slope).toBeLessThan(0.1);
    expect(apart.slopeDeviation).toBeLessThan(0.1);
    expect(lineThrough([6, 8, 10], [3, 3, 3], [1, 1, 1], 0.8).slope).toBe(0);
  });

  it("expects of a further name the slope that those seen have, the surer ones first", () => {
    const steady = (slope: number): LineSums => sumsOf([5, 7, 9, 11], (x) => slope * x);
    expect(slopeOver([])).toBe(0.5);
    expect(slopeOver(Array.from({ length: 40 }, () => steady(1)))).toBeCloseTo(1, 1);
    expect(slopeOver(Array.from({ length: 40 }, () => steady(0)))).toBeCloseTo(0, 1);
    // A name whose sizes are all alike, or nearly so, says nothing.
    expect(slopeOver(Array.from({ length: 40 }, () => sumsOf([5, 5], (x) => x)))).toBe(0.5);
    expect(slopeOver(Array.from({ length: 40 }, () => sumsOf([5, 5.001], (x) => 2000 * (x - 5))))).toBeCloseTo(0.5, 2);
  });
});

const sumsOf = (x: readonly number[], value: (x: number) => number): LineSums => {
  const sums = noSums();
  for (const each of x) addSums(sums, each, value(each), 1);
  return sums;
};
