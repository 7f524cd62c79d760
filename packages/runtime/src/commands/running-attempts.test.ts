import type { Forecast } from "@qmoi/forecast";
import { describe, expect, it } from "vitest";
import { type DrainWork, mergedDrain } from "./running-attempts.ts";

const forecast: Forecast = {
  point: 10,
  lo: 8,
  hi: 20,
  p90: 18,
  coverageTarget: 0.9,
  level: "type",
  method: "median",
  backtestError: 0.2,
  observations: 50,
  state: "steady",
};
const forecasted: DrainWork = { forecast, elapsed: 0, timeout: 600, median: undefined, p99: undefined };
const seen = (median: number): DrainWork => ({ forecast: undefined, elapsed: 0, timeout: 600, median, p99: 2 * median });
const unknown: DrainWork = { forecast: undefined, elapsed: 0, timeout: 900, median: undefined, p99: undefined };

describe("how long a drain is expected to take", () => {
  it("goes by statistics where nothing is forecast, and by time-outs at most", () => {
    expect(mergedDrain([seen(30), seen(5), unknown])).toEqual({ expected: 30, longest: 900, unknown: 1 });
    expect(mergedDrain([])).toEqual({ expected: 0, longest: 0, unknown: 0 });
  });

  it("goes by a forecast and its interval", () => {
    const { expected, likely, ...rest } = mergedDrain([forecasted]);
    expect(rest).toEqual({ longest: 600, unknown: 0 });
    expect(expected).toBeCloseTo(10, 0);
    expect(likely).toMatchObject({ share: 0.9, level: forecast.level, backtestError: expect.closeTo(forecast.backtestError, 9) });
    expect(likely?.lo).toBeGreaterThan(5);
    expect(likely?.hi).toBeLessThan(25);
  });

  it("is what takes longest of both: work that only statistics know moves all of it", () => {
    expect(mergedDrain([forecasted, seen(100)])).toMatchObject({ expected: 100, likely: { lo: 100, hi: 100 } });
    const short = mergedDrain([forecasted, seen(1)]);
    expect(short).toEqual(mergedDrain([forecasted]));
  });

  it("tells of how many attempts only the time-out is known", () => {
    expect(mergedDrain([forecasted, unknown])).toMatchObject({ unknown: 1, longest: 900 });
  });
});
