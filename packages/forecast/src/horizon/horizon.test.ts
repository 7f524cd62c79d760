import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Forecast } from "../forecast.ts";
import { Prng } from "../forest/prng.ts";
import { quantileOf } from "../stats/quantile.ts";
import { drainForecast } from "./drain-forecast.ts";
import { type OpenTask, runForecast } from "./run-forecast.ts";
import { normalQuantile, normalShare, quantileAfter, quantileOfSpread, shareWithin, shareWithinAfter, spreadOf } from "./spread.ts";

const forecast = (point: number, factor = 1.5, more: Partial<Forecast> = {}): Forecast => ({
  point,
  lo: point / factor,
  hi: point * factor,
  p90: point * factor,
  coverageTarget: 0.9,
  level: "type",
  method: "median",
  backtestError: 0.2,
  observations: 50,
  state: "steady",
  ...more,
});

describe("a spread", () => {
  it("holds what the interval says", () => {
    const spread = spreadOf({ point: 10, lo: 4, hi: 100 });
    expect(quantileOfSpread(spread, 0.05)).toBeCloseTo(4, 2);
    expect(quantileOfSpread(spread, 0.5)).toBeCloseTo(10, 4);
    expect(quantileOfSpread(spread, 0.95)).toBeCloseTo(100, 1);
  });

  it("turns shares into quantiles and back, also after a while", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 0.999, noNaN: true }), fc.double({ min: 0, max: 300, noNaN: true }), (p, elapsed) => {
        expect(normalShare(normalQuantile(p))).toBeCloseTo(p, 5);
        const spread = spreadOf({ point: 10, lo: 5, hi: 30 });
        expect(shareWithin(spread, quantileOfSpread(spread, p))).toBeCloseTo(p, 5);
        expect(shareWithinAfter(spread, elapsed, quantileAfter(spread, elapsed, p))).toBeCloseTo(p, 3);
      }),
    );
  });

  it("knows of what has outlived all like it only how long it has taken", () => {
    const spread = spreadOf({ point: 1, lo: 0.9, hi: 1.1 });
    const quantiles = [0.05, 0.5, 0.95].map((probability) => quantileAfter(spread, 1000, probability));
    expect(quantiles[0]).toBeCloseTo(1026, 0);
    expect(quantiles[1]).toBeCloseTo(1414, 0);
    expect(quantiles[2]).toBeCloseTo(4472, 0);
  });
});

describe("drainForecast", () => {
  it("is the largest of what is left, as many draws have it", () => {
    const prng = new Prng(1);
    const running = [
      { forecast: forecast(60), elapsed: 10 },
      { forecast: forecast(60, 3), elapsed: 50 },
      { forecast: forecast(5), elapsed: 30 },
      { forecast: undefined, elapsed: 2 },
    ];
    const drawn = Float64Array.from({ length: 4000 }, () =>
      Math.max(
        ...running.map(({ forecast, elapsed }) => (forecast ? quantileAfter(spreadOf(forecast), elapsed, prng.next()) - elapsed : 0)),
      ),
    ).sort();
    const horizon = drainForecast(running);
    expect(horizon).toMatchObject({ tasks: 4, unknown: 1, level: "type", coverageTarget: 0.9 });
    for (const [value, p] of [
      [horizon?.lo, 0.05],
      [horizon?.point, 0.5],
      [horizon?.hi, 0.95],
    ] as const)
      expect(Math.abs(Math.log((value as number) / quantileOf(drawn, p)))).toBeLessThan(0.08);
  });

  it("says nothing where nothing is known, and names the least trustworthy level", () => {
    expect(drainForecast([])).toBeUndefined();
    expect(drainForecast([{ forecast: undefined, elapsed: 1 }])).toBeUndefined();
    const levels = [forecast(1), forecast(1, 1.5, { level: "global", backtestError: 0.8 }), forecast(1, 1.5, { level: "program" })];
    const horizon = drainForecast(levels.map((one) => ({ forecast: one, elapsed: 0 })));
    expect(horizon?.level).toBe("global");
    expect(horizon?.backtestError).toBeCloseTo(0.4);
  });
});

describe("runForecast", () => {
  const sure = (seconds: number, more: Partial<OpenTask> = {}): OpenTask => ({
    forecast: forecast(seconds, 1),
    kind: "k",
    pool: "default",
    slots: 1,
    needs: [],
    rank: 0,
    ...more,
  });
  const point = (tasks: readonly OpenTask[], slots = 100): number =>
    runForecast(tasks, new Map([["default", slots]]), 1)?.point ?? Number.NaN;
  /** What is sure is spread by a percent. */
  const about = (seconds: number): { asymmetricMatch: (n: number) => boolean } => ({
    asymmetricMatch: (n) => Math.abs(n / seconds - 1) < 0.04,
  });

  it("adds up what comes one after another, and takes the longest of what runs side by side", () => {
    expect(point([sure(10), sure(20, { needs: [0] }), sure(5, { needs: [1] })])).toEqual(about(35));
    expect(point([sure(10), sure(20), sure(5, { needs: [0] })])).toEqual(about(20));
    expect(point([sure(10), sure(10), sure(10)], 1)).toEqual(about(30));
    expect(point([sure(10), sure(10, { slots: 2 })], 2)).toEqual(about(20));
    expect(point([sure(10, { elapsed: 4 })])).toEqual(about(6));
    expect(point([sure(10, { notBefore: 60 })])).toEqual(about(70));
  });

  it("starts first what ranks first, and plays what fits no pool", () => {
    expect(point([sure(10), sure(10, { rank: 1 }), sure(30, { needs: [1] })], 1)).toEqual(about(50));
    expect(point([sure(10), sure(10, { rank: 1 }), sure(30, { needs: [0], pool: "other" })], 1)).toEqual(about(50));
    expect(point([sure(10), sure(10, { rank: 1 }), sure(30, { needs: [1], pool: "other" })], 1)).toEqual(about(40));
    expect(point([sure(10, { slots: 7 })], 3)).toEqual(about(10));
  });

  it("plays a task as often as it may turn into, and starts what needs it when the last one has ended", () => {
    expect(point([sure(10, { copies: [6] }), sure(5, { needs: [0] })], 2)).toEqual(about(35));
    const unsure = runForecast([sure(10, { copies: [1, 1, 1, 9] })], new Map([["default", 1]]), 1);
    expect(unsure?.point).toEqual(about(10));
    expect(unsure?.hi).toEqual(about(90));
  });

  it("is wider where more is uncertain, the same for the same seed, and silent where nothing is known", () => {
    const chain = (factor: number): OpenTask[] =>
      [0, 1, 2].map((i) => sure(10, { forecast: forecast(10, factor), needs: i > 0 ? [i - 1] : [] }));
    const [narrow, wide] = [runForecast(chain(1.2), new Map(), 1), runForecast(chain(3), new Map(), 1)];
    expect(narrow?.lo).toBeLessThan(narrow?.point as number);
    expect(narrow?.hi).toBeGreaterThan(narrow?.point as number);
    expect((wide?.hi as number) - (wide?.lo as number)).toBeGreaterThan(3 * ((narrow?.hi as number) - (narrow?.lo as number)));
    expect(runForecast(chain(3), new Map(), 1)).toEqual(wide);
    expect(runForecast([sure(1, { forecast: undefined })], new Map(), 1)).toBeUndefined();
    expect(runForecast([sure(1, { forecast: undefined }), sure(5)], new Map(), 1)).toMatchObject({ tasks: 2, unknown: 1 });
  });

  it("lies between the longest way and all work on one slot", () => {
    const graph = fc.array(fc.record({ seconds: fc.integer({ min: 1, max: 50 }), needs: fc.array(fc.nat(20), { maxLength: 3 }) }), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(graph, fc.integer({ min: 1, max: 5 }), (nodes, slots) => {
        const tasks = nodes.map(({ seconds, needs }, i) => sure(seconds, { needs: [...new Set(needs.filter((need) => need < i))] }));
        const ends = tasks.map(() => 0);
        tasks.forEach((task, i) => {
          ends[i] = Math.max(0, ...task.needs.map((need) => ends[need] as number)) + (nodes[i]?.seconds as number);
        });
        const work = nodes.reduce((sum, { seconds }) => sum + seconds, 0);
        const end = point(tasks, slots);
        expect(end).toBeGreaterThan(0.95 * Math.max(...ends, work / slots));
        expect(end).toBeLessThan(1.05 * work);
      }),
      { numRuns: 40 },
    );
  });
});
