import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Prng } from "../forest/prng.ts";
import { addSums, lineAt, lineOf, noSums, robustWeights } from "./size-line.ts";

const lineThrough = (
  x: readonly number[],
  y: readonly number[],
  weights: ArrayLike<number> = x.map(() => 1),
): ReturnType<typeof lineOf> => {
  const sums = noSums();
  x.forEach((value, i) => {
    addSums(sums, value, y[i]!, weights[i]!);
  });
  return lineOf(sums);
};

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
    const robust = lineThrough(x, y, robustWeights(x, y));
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
        const weights = robustWeights(x, y);
        expect(Math.min(...weights)).toBeGreaterThan(0);
        expect(Number.isFinite(lineAt(lineThrough(x, y, weights), size))).toBe(true);
      }),
    );
  });
});
