import { expect, it } from "vitest";
import { relativeWidth } from "./forecasts.ts";

it("a width is relative to what was seen, and to ten percent where less was seen", () => {
  expect(relativeWidth({ lo: 1, hi: 4 }, { low: 1, high: 2 })).toBeCloseTo(2, 9);
  expect(relativeWidth({ lo: 1, hi: 1.21 }, { low: 1, high: 1 })).toBeCloseTo(2, 9);
  expect(relativeWidth({ lo: 1, hi: 1.001 }, { low: 1, high: 1.000001 })).toBe(1);
});
