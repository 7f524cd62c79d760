import { describe, expect, it } from "vitest";
import { Forecaster } from "./forecaster.ts";
import { histogramForest } from "./forest/engine.ts";
import { mlRandomForest } from "./forest/ml-random-forest.ts";
import { Prng } from "./forest/prng.ts";
import type { TaskRecord } from "./task-features.ts";
import { normal } from "./testing/outcomes.ts";

/** Two workflows of four types; run time grows with input, and is twice as long on slow machines for one type. */
const history = (count: number, seed: number): TaskRecord[] => {
  const prng = new Prng(seed);
  return Array.from({ length: count }, (_, i) => {
    const type = ["load", "align", "sort", "report"][i % 4] as string;
    const inputBytes = Math.exp(15 + 3 * prng.next());
    const machine = prng.below(2) === 0 ? "fast" : "slow";
    const factor = type === "align" && machine === "slow" ? 4 : 1;
    const seconds = type === "report" ? 30 : (inputBytes / 1e6) * factor;
    return {
      type,
      program: type === "report" ? "python" : `bin/${type}`,
      workflow: "genome",
      inputBytes,
      inputs: 1 + prng.below(3),
      machine,
      startsAt: 1_700_000_000_000 + i * 60_000,
      run: `run ${Math.floor(i / 40)}`,
      seconds: seconds * Math.exp(0.1 * normal(prng)),
      peakMemoryBytes: 2e8 + 3 * inputBytes,
    };
  });
};
const options = { seed: 1, trees: 40 };

describe("Forecaster", () => {
  const trained = Forecaster.train(history(800, 1), options);
  const test = history(400, 2);

  it("forecasts run time with interval, level, method and backtest error", () => {
    const forecast = trained.predict({ type: "sort", program: "bin/sort", workflow: "genome", inputBytes: 1e7, machine: "fast" });
    expect(forecast).toMatchObject({ level: "type", coverageTarget: 0.9, state: "steady", observations: 200 });
    expect(forecast!.point).toBeGreaterThan(9);
    expect(forecast!.point).toBeLessThan(11);
    expect(forecast!.lo).toBeLessThan(forecast!.point);
    expect(forecast!.hi).toBeGreaterThan(forecast!.p90);
    expect(forecast!.backtestError).toBeGreaterThan(0.04);
    expect(forecast!.backtestError).toBeLessThan(0.2);
  });

  it("holds nine of ten run times and peaks it did not see", () => {
    const runtime =
      test.filter((task) => ((f) => f.lo <= task.seconds && task.seconds <= f.hi)(trained.predict(task)!)).length / test.length;
    expect(runtime).toBeGreaterThan(0.85);
    expect(runtime).toBeLessThan(0.96);
    const memory = test.filter((task) =>
      ((f) => f.lo <= task.peakMemoryBytes! && task.peakMemoryBytes! <= f.hi)(trained.predictMemory(task)!),
    ).length;
    expect(memory / test.length).toBeGreaterThan(0.85);
  });

  it("sees what a size alone does not tell, and explains itself", () => {
    const task = { type: "align", program: "bin/align", workflow: "genome", inputBytes: 5e6 };
    const fast = trained.predict({ ...task, machine: "fast" })!;
    const slow = trained.predict({ ...task, machine: "slow" })!;
    expect(slow.method).toBe("forest");
    expect(slow.point / fast.point).toBeGreaterThan(3);
    const explanation = trained.explain({ ...task, machine: "slow" })!;
    expect(explanation.forecast).toEqual(slow);
    expect(explanation.candidates.map(({ method }) => method).sort()).toEqual(["forest", "linear", "median", "recent"]);
    expect(explanation.candidates[0]).toMatchObject({ method: "forest" });
    expect(explanation.candidates[0]!.share).toBeGreaterThan(0.9);
    expect(explanation.candidates.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
    expect(explanation.importance[0]!.feature).toBe("machine");
    expect(explanation.importance.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 6);
  });

  it("knows what takes long again from what it works on, and says so", () => {
    const prng = new Prng(9);
    const records = Array.from({ length: 240 }, (_, i): TaskRecord => {
      const subject = `customer ${i % 12}`;
      return { type: "bill", subject, run: `r${Math.floor(i / 12)}`, seconds: (i % 12 === 3 ? 90 : 30) * Math.exp(0.1 * normal(prng)) };
    });
    const forecaster = Forecaster.train(records, options);
    const [long, other, unknown] = [3, 4, 99].map((n) => forecaster.explain({ type: "bill", subject: `customer ${n}` }));
    expect(Math.abs((long?.forecast.point ?? 0) - 90)).toBeLessThan(8);
    expect(Math.abs((other?.forecast.point ?? 0) - 30)).toBeLessThan(3);
    expect(long?.subject).toMatchObject({ subject: "customer 3", runs: 20 });
    expect((long?.subject?.factor ?? 0) / (other?.subject?.factor ?? 0)).toBeGreaterThan(2.7);
    // What each method says is said of this very task.
    for (const { point } of long?.candidates ?? []) expect(point).toBeGreaterThan(75);
    expect(unknown?.subject).toBeUndefined();
    const type = forecaster.explain({ type: "bill" });
    expect(type?.subject).toBeUndefined();
    expect(type?.longest).toHaveLength(5);
    expect(type?.longest[0]).toEqual(long?.subject);
    // What was seen is told as it came, before and after more of it.
    const seen = (): number[] => forecaster.types().flatMap(({ low, median, high, recent }) => [low, median, high, Math.max(...recent)]);
    expect(seen().map((seconds) => Math.round(seconds / 15))).toEqual([2, 2, 6, 6]);
    for (const record of records.slice(0, 36)) forecaster.observe({ ...record, seconds: record.seconds * 2 });
    expect(
      seen()
        .map((seconds) => Math.round(seconds / 15))
        .toSpliced(1, 1),
    ).toEqual([2, 6, 12]);
    expect(Forecaster.load(forecaster.save()).types()).toEqual(forecaster.types());
    expect(forecaster.factorOf({ type: "bill", subject: "customer 3" })).toBe(long?.subject?.factor);
    expect(forecaster.factorOf({ type: "bill", subject: "customer 99" })).toBe(1);
    expect(Forecaster.load(forecaster.save()).explain(records[3] as TaskRecord)).toEqual(forecaster.explain(records[3] as TaskRecord));
  });

  it("falls back from type to program to workflow to all, and takes the user's word before all", () => {
    expect(trained.predict({ type: "new", program: "python" })?.level).toBe("program");
    expect(trained.predict({ type: "new", workflow: "genome" })?.level).toBe("workflow");
    expect(trained.predict({ type: "new" })?.level).toBe("global");
    const declared = trained.predict({ type: "new", declaredSeconds: 99 });
    expect(declared).toMatchObject({ level: "declared", method: "declared" });
    expect(declared?.point).toBeCloseTo(99, 9);
    expect(trained.predictMemory({ type: "new", memoryBytes: 1e9 })?.level).toBe("declared");
  });

  it("doesn't take tasks below what is told apart for ones that take longer than declared", () => {
    const tiny = Array.from({ length: 60 }, (_, i) => ({ type: `t${i}`, run: `r${i}`, seconds: 0.012, declaredSeconds: 0.000_01 }));
    expect(Forecaster.train(tiny, options).predict({ type: "new", declaredSeconds: 10 })?.point).toBeCloseTo(12, 6);
  });

  it("is the same for the same seed, after saving and loading, and goes on alike", () => {
    const again = Forecaster.train(history(800, 1), options);
    const loaded = Forecaster.load(trained.save());
    expect(again.save()).toEqual(trained.save());
    expect(loaded.save()).toEqual(trained.save());
    // A Buffer from the disk may be part of a larger one.
    const within = Buffer.concat([Buffer.from([1, 2, 3]), trained.save()]).subarray(3);
    expect(Forecaster.load(within).save()).toEqual(trained.save());
    expect(loaded.explain(test[0]!)).toEqual(trained.explain(test[0]!));
    for (const task of test.slice(0, 50)) {
      again.observe(task);
      loaded.observe(task);
    }
    expect(loaded.save()).toEqual(again.save());
  });

  it("lists what it knows of each type", () => {
    const types = trained.types();
    expect(types.map(({ type }) => type).sort()).toEqual(["align", "load", "report", "sort"]);
    const report = types.find(({ type }) => type === "report")!;
    expect(Math.abs(report.median - 30)).toBeLessThan(2);
    expect(report.low).toBeLessThan(report.median);
    expect(report.recent).toHaveLength(20);
  });

  it("says when to train again", () => {
    const fresh = Forecaster.load(trained.save());
    expect(fresh.trainingDue()).toEqual({ due: false });
    for (const task of history(300, 3)) fresh.observe(task);
    expect(fresh.trainingDue()).toEqual({ due: false });
    expect(fresh.coverage()).toBeGreaterThan(0.8);
    for (const task of history(200, 4)) fresh.observe(task);
    expect(fresh.trainingDue()).toEqual({ due: true, reason: "grown" });
    const drifted = Forecaster.load(trained.save());
    for (const task of history(240, 5)) drifted.observe({ ...task, seconds: task.seconds * 20 });
    expect(drifted.trainingDue()).toEqual({ due: true, reason: "drift" });
  });

  it("starts from nothing, and from one record", () => {
    const empty = Forecaster.train([], options);
    expect(empty.predict({ type: "a" })).toBeUndefined();
    expect(empty.explain({ type: "a" })).toBeUndefined();
    expect(empty.types()).toEqual([]);
    expect(empty.trainingDue()).toEqual({ due: false });
    const loaded = Forecaster.load(empty.save());
    loaded.observe({ type: "a", seconds: 12 });
    expect(loaded.predict({ type: "a" })).toMatchObject({ level: "type", observations: 1 });
    expect(loaded.predict({ type: "a" })!.point).toBeCloseTo(12, 9);
    expect(loaded.predictMemory({ type: "a" })).toBeUndefined();
    expect(loaded.trainingDue()).toEqual({ due: true, reason: "untrained" });
  });

  it("bears any record", () => {
    const worst = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, 0, 1e300, 5e-324];
    const records = worst.flatMap((number) => [
      { type: "odd", seconds: number, peakMemoryBytes: number, inputBytes: 5 },
      { type: "odd", seconds: 3, inputBytes: number, fanIn: number, parentRatio: number, startsAt: number, declaredSeconds: number },
    ]);
    const forecaster = Forecaster.train([...records, ...records, ...records], options);
    for (const record of records) forecaster.observe(record);
    forecaster.refresh();
    for (const record of records) {
      const forecast = forecaster.predict(record)!;
      expect(forecast.lo).toBeLessThanOrEqual(forecast.point);
      expect(forecast.point).toBeLessThanOrEqual(forecast.hi);
    }
    expect(Forecaster.load(forecaster.save()).save()).toEqual(forecaster.save());
  });

  it("takes run times too short to measure as a hundredth of a second", () => {
    const forecaster = Forecaster.train([], options);
    for (let i = 0; i < 5; i++) forecaster.observe({ type: "instant", seconds: 0 });
    expect(forecaster.predict({ type: "instant" })).toMatchObject({ observations: 5 });
    expect(forecaster.predict({ type: "instant" })!.point).toBeCloseTo(0.01, 9);
  });

  it("learns from no more records than allowed", () => {
    const bounded = Forecaster.train(history(800, 1), { ...options, maxRecords: 100 });
    expect(bounded.types().reduce((sum, { observations }) => sum + observations, 0)).toBe(100);
    expect(bounded.types().every(({ observations }) => observations === 25)).toBe(true);
  });

  it("takes ml-random-forest as its engine, and needs it again to load", () => {
    const other = Forecaster.train(history(120, 1), { ...options, trees: 10, engine: mlRandomForest });
    const bytes = other.save();
    expect(() => Forecaster.load(bytes)).toThrow(/ml-random-forest/);
    expect(Forecaster.load(bytes, [histogramForest, mlRandomForest]).predict(test[0]!)).toEqual(other.predict(test[0]!));
  });

  it("refuses a damaged buffer", () => {
    const bytes = trained.save();
    const damaged = bytes.map((byte, i) => (i === 5000 ? byte ^ 1 : byte));
    expect(() => Forecaster.load(damaged)).toThrow(/damaged/);
    expect(() => Forecaster.load(bytes.slice(0, -9))).toThrow(/damaged/);
    expect(() => Forecaster.load(new Uint8Array(3))).toThrow(/too short/);
    expect(() =>
      Forecaster.load(histogramForest.train({ features: [], columns: [], target: Float64Array.of(1) }, { seed: 1 }).regressor.save()),
    ).toThrow(/another kind/);
  });
});
