import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { latestMedian } from "../stats/latest-median.ts";
import { quantileOf } from "../stats/quantile.ts";
import { alikeOf } from "./alike.ts";
import { fitLine, holdOut } from "./hold-out.ts";
import { addSums, isLost, lineBeyond, lineOf, noSums, robustWeights } from "./size-line.ts";

const medianOf = (numbers: readonly number[]): number => quantileOf(Float64Array.from(numbers).sort(), 0.5);

describe("holdOut", () => {
  const rows = fc.array(
    fc.record({
      size: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constant(Number.NaN)),
      value: fc.integer({ min: -9, max: 9 }),
      part: fc.nat(3),
    }),
    { minLength: 1, maxLength: 30 },
  );

  it("says of each row what learning again from the other parts would say", () => {
    fc.assert(
      fc.property(rows, (given) => {
        const values = Float64Array.from(given, ({ value }) => value);
        const sizes = Float64Array.from(given, ({ size }) => size);
        const held = holdOut(fitLine({ sizes, values, part: Int32Array.from(given, ({ part }) => part) }), 0.7);
        const several = new Set(given.map(({ part }) => part)).size > 1;
        const known = [...given.keys()].filter((i) => !Number.isNaN(sizes[i]!));
        // Without any size the line is flat: the mean.
        const sized = known.length > 0 ? known : [...given.keys()];
        const sizeOf = (i: number): number => (known.length > 0 ? sizes[i]! : 0);
        const alike = alikeOf(
          sized.map(sizeOf),
          sized.map((i) => values[i]!),
          Int32Array.from(sized, (i) => given[i]!.part),
        );
        const counts = sized.map((i) => 1 / (1 + alike * (sized.filter((other) => given[other]!.part === given[i]!.part).length - 1)));
        const weights = robustWeights(
          sized.map(sizeOf),
          sized.map((i) => values[i]!),
          counts,
        );
        given.forEach(({ size, part }, row) => {
          const isOther = (i: number): boolean => (several ? given[i]!.part !== part : i !== row);
          const median = medianOf([...given.keys()].filter(isOther).map((i) => values[i]!));
          expect(held.median[row]).toBe(median);
          const before = [...given.keys()].filter((i) => i < row && given[i]!.part !== part).slice(-20);
          expect(held.recent[row]).toBe(latestMedian(before.map((i) => values[i]!)));
          const sums = noSums();
          sized.forEach((i, at) => {
            if (isOther(i)) addSums(sums, sizeOf(i), values[i]!, weights[at]! * counts[at]!);
          });
          const seen = sized.filter(isOther).map(sizeOf);
          const range = { least: Math.min(...seen), most: Math.max(...seen) };
          const says = (x: number): number =>
            Number.isNaN(x) || sums.w === 0 || isLost(range, x) ? median : lineBeyond(lineOf(sums, 0.7), range, x);
          const expected = says(known.length > 0 ? size : 0);
          if (Number.isNaN(expected)) expect(held.linear[row]).toBeNaN();
          else expect(held.linear[row]).toBeCloseTo(expected, 6);
        });
      }),
    );
  });
});
