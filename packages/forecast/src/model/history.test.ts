import { describe, expect, it } from "vitest";
import { History } from "./history.ts";

/** Values that grow with the square of their size, over a narrow range of sizes around 0. */
const steep = (): History => {
  const history = new History();
  for (let i = 0; i < 200; i++) history.add(i / 200, (2 * i) / 200);
  return history;
};

describe("History", () => {
  it("follows a steep line beyond the sizes seen in proportion only", () => {
    const history = steep();
    const edge = history.lineOrMedian(0.995);
    expect(history.lineOrMedian(0.5)).toBeCloseTo(1, 1);
    expect(history.lineOrMedian(0.995 + 3) - edge).toBeCloseTo(3, 5);
    expect(history.lineOrMedian(-3) - history.lineOrMedian(0)).toBeCloseTo(-3, 5);
  });

  it("follows no line farther than to a hundred times the sizes seen", () => {
    const history = steep();
    expect(history.lineOrMedian(9)).toBe(history.lineOrMedian(8));
    expect(history.lineOrMedian(-9)).toBe(history.lineOrMedian(-8));
  });

  it("takes a size ten thousand times those seen for none", () => {
    const history = steep();
    for (const size of [-40, 40, Number.NaN]) expect(history.lineOrMedian(size)).toBe(history.median());
    expect(history.slopeError(40)).toBe(history.slopeError(8));
  });
});
