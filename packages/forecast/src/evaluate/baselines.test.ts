import { describe, expect, it } from "vitest";
import { outcome } from "../testing/outcomes.ts";
import { trainBaselines } from "./baselines.ts";

describe("trainBaselines", () => {
  const a = Array.from({ length: 40 }, (_, i) => outcome(i < 20 ? 0 : i, { names: ["a"], size: i }));
  const b = [1, 2, 3].map((value) => outcome(value, { names: ["b"] }));
  const forecast = trainBaselines([...a, ...b]);

  it("knows each name's mean, median, last 20 and line", () => {
    const { mean, median, last20, linear } = forecast(outcome(0, { names: ["a"], size: 10 }));
    const sum = a.reduce((total, { value }) => total + value, 0);
    expect(mean.point).toBeCloseTo(sum / 40, 9);
    const deviation = Math.sqrt(a.reduce((total, { value }) => total + (value - sum / 40) ** 2, 0) / 40);
    expect(mean.quantiles[2]).toBeCloseTo(sum / 40 + 1.645 * deviation, 2);
    expect(median.point).toBe(10);
    expect(median.quantiles[0]).toBe(0);
    expect(last20.point).toBe(29.5);
    expect(last20.quantiles).toEqual([20.95, 37.1, 38.05]);
    // The least-squares line through 20 zeros and 20 to 39.
    expect(linear.point).toBeCloseTo(3.0488, 4);
  });

  it("takes the mean for a line where there is no size, and all rows for an unknown name", () => {
    const known = forecast(outcome(0, { names: ["b"], size: 5 }));
    expect(known.linear).toEqual(known.mean);
    expect(known.mean.point).toBe(2);
    expect(forecast(outcome(0, { names: ["c"] })).mean.point).toBeCloseTo((a.reduce((sum, { value }) => sum + value, 0) + 6) / 43, 9);
  });
});
