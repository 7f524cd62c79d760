import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AWS_PRICES, costOf, dollarsOf, type Resource, type Usage } from "../index.ts";

const RESOURCES = Object.keys(AWS_PRICES.prices) as Resource[];
const usages = () => fc.dictionary(fc.constantFrom(...RESOURCES), fc.double({ min: 0, max: 1e12, noNaN: true }));

describe("costOf", () => {
  it("prices a million invocations of 100 ms at 128 MB as AWS's calculator does", () => {
    const lines = costOf({ functionRequest: 1e6, functionGigabyteSecond: 1e6 * 0.1 * 0.125 }, AWS_PRICES);
    expect(lines.map(({ name, dollars }) => [name, Number(dollars.toFixed(4))])).toEqual([
      ["Lambda requests", 0.2],
      ["Lambda time", 0.1667],
    ]);
    expect(dollarsOf(lines)).toBeCloseTo(0.3667, 4);
  });

  it("adds up: two usages cost together what they cost apart", () => {
    fc.assert(
      fc.property(usages(), usages(), (a: Usage, b: Usage) => {
        const both = Object.fromEntries(RESOURCES.map((name) => [name, (a[name] ?? 0) + (b[name] ?? 0)]));
        const apart = dollarsOf(costOf(a, AWS_PRICES)) + dollarsOf(costOf(b, AWS_PRICES));
        expect(Math.abs(dollarsOf(costOf(both, AWS_PRICES)) - apart)).toBeLessThanOrEqual(1e-9 * apart);
      }),
    );
  });

  it("has no line for what is not used, and none for a free tier", () => {
    expect(costOf({}, AWS_PRICES)).toEqual([]);
    expect(costOf({ queueRequest: 0, event: 1 }, AWS_PRICES).map(({ resource }) => resource)).toEqual(["event"]);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])("refuses %s of something", (amount) => {
    expect(() => costOf({ event: amount }, AWS_PRICES)).toThrow(RangeError);
  });
});
