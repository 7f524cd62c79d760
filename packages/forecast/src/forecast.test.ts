import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Forecast, forecastOf, memoryToReserve } from "./forecast.ts";
import type { Prediction } from "./model/case.ts";

const forecast = (hi: number): Forecast => ({
  point: hi / 2,
  lo: hi / 4,
  hi,
  p90: hi,
  coverageTarget: 0.9,
  level: "type",
  method: "median",
  backtestError: 0.1,
  observations: 9,
  state: "steady",
});

describe("forecastOf", () => {
  it("says nothing beyond a millisecond and ten years, so that dates can be told", () => {
    const prediction = {
      point: 0,
      quantiles: [-300, 300, 800],
      level: 1,
      method: "median",
      backtestError: 3,
      observations: 2,
      state: "steady",
    };
    const told = forecastOf(prediction as Prediction, "runtime");
    expect(told).toMatchObject({ point: 1, lo: 0.001, p90: 315_360_000, hi: 315_360_000, level: "program" });
    expect(forecastOf(prediction as Prediction, "memory")).toMatchObject({ lo: 1024, hi: 2 ** 50 });
  });
});

describe("memoryToReserve", () => {
  it("is the upper bound, but not more than requested", () => {
    expect(memoryToReserve(forecast(300), {})).toBe(300);
    expect(memoryToReserve(forecast(300), { requested: 1000 })).toBe(300);
    expect(memoryToReserve(forecast(300), { requested: 200 })).toBe(200);
    expect(memoryToReserve(undefined, { requested: 200 })).toBe(200);
    expect(memoryToReserve(undefined, {})).toBeUndefined();
  });

  it("doubles after running out, and passes the request only once that did not suffice", () => {
    expect(memoryToReserve(forecast(300), { exhausted: 300 })).toBe(600);
    expect(memoryToReserve(forecast(300), { exhausted: 300, requested: 1000 })).toBe(600);
    expect(memoryToReserve(forecast(300), { exhausted: 600, requested: 1000 })).toBe(1000);
    expect(memoryToReserve(forecast(300), { exhausted: 1000, requested: 1000 })).toBe(2000);
    expect(memoryToReserve(undefined, { exhausted: 100 })).toBe(200);
  });

  it("never shrinks after running out, and at most doubles or takes what is expected", () => {
    const bytes = fc.integer({ min: 1, max: 2 ** 40 });
    fc.assert(
      fc.property(fc.option(bytes), fc.option(bytes), bytes, (hi, requested, exhausted) => {
        const reserved = memoryToReserve(hi === null ? undefined : forecast(hi), {
          ...(requested === null ? {} : { requested }),
          exhausted,
        });
        expect(reserved).toBeGreaterThanOrEqual(exhausted);
        expect(reserved).toBeLessThanOrEqual(Math.max(2 * exhausted, hi ?? requested ?? 0));
        if (exhausted >= (requested ?? 0)) expect(reserved).toBe(2 * exhausted);
      }),
    );
  });
});
