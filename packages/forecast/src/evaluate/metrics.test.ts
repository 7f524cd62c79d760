import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { metricsOf } from "./metrics.ts";

describe("metricsOf", () => {
  it("counts as one would by hand", () => {
    const log = Math.log;
    const metrics = metricsOf([
      { actual: log(1), point: log(1), quantiles: [log(0.5), log(2), log(4)] },
      { actual: log(8), point: log(2), quantiles: [log(1), log(4), log(16)] },
      { actual: log(4), point: log(3), quantiles: [log(5), log(6), log(7)] },
    ]);
    const mean = log(32) / 3;
    const variance = mean ** 2 + (log(8) - mean) ** 2 + (log(4) - mean) ** 2;
    expect(metrics.r2log).toBeCloseTo(1 - (log(4) ** 2 + log(4 / 3) ** 2) / variance, 12);
    expect(metrics.mdape).toBeCloseTo(0.25, 12);
    expect(metrics.within2x).toBeCloseTo(2 / 3, 12);
    expect(metrics.pinball90).toBeCloseTo((0.1 * log(2) + 0.9 * log(2) + 0.1 * log(1.5)) / 3, 12);
    expect(metrics.coverage90).toBeCloseTo(2 / 3, 12);
    expect(metrics.width90).toBeCloseTo((log(8) + log(16) + log(1.4)) / 3, 12);
  });

  it("counts what differs by rounding alone as exact", () => {
    const off = 1e-15;
    const exact = metricsOf([{ actual: 2, point: 2 + off, quantiles: [2 + off, 2 + off, 2 + off] }]);
    expect(exact).toMatchObject({ r2log: 1, pinball90: 0, coverage90: 1 });
  });

  it("compares widths at equal coverage: stretching all intervals alike changes nothing", () => {
    const row = fc.record({
      actual: fc.integer({ min: -9, max: 9 }),
      low: fc.integer({ min: 1, max: 9 }),
      high: fc.integer({ min: 1, max: 9 }),
    });
    fc.assert(
      fc.property(fc.array(row, { minLength: 10, maxLength: 30 }), fc.integer({ min: 2, max: 5 }), (rows, factor) => {
        const stretched = (by: number): number =>
          metricsOf(rows.map(({ actual, low, high }) => ({ actual, point: 0, quantiles: [-low * by, high * by, high * by] }))).widthAt90;
        expect(stretched(factor)).toBeCloseTo(stretched(1), 9);
      }),
    );
  });
});
