import { describe, expect, it } from "vitest";
import { Forecaster } from "../forecaster.ts";
import { Prng } from "../forest/prng.ts";
import type { TaskRecord } from "../task-features.ts";
import { normal } from "../testing/outcomes.ts";
import { trainCandidate } from "./train-candidate.ts";

const options = { seed: 1, trees: 10 };
/** Two types in runs of four; from run `change` on, everything takes `factor` times as long. */
const history = (runs: number, { change = runs, factor = 1, seed = 1 } = {}): TaskRecord[] => {
  const prng = new Prng(seed);
  return Array.from({ length: 4 * runs }, (_, i) => ({
    type: i % 2 ? "slow" : "fast",
    workflow: "w",
    run: `r${i >> 2}`,
    seconds: (i % 2 ? 60 : 2) * (i >> 2 >= change ? factor : 1) * Math.exp(0.2 * normal(prng)),
  }));
};

describe("trainCandidate", () => {
  it("promotes the first one, which has learned from all records", () => {
    const candidate = trainCandidate({ records: history(100), options });
    expect(candidate).toMatchObject({ trained: 320, heldBack: 80 });
    expect(candidate?.current).toBeUndefined();
    expect(candidate?.score.coverage).toBeGreaterThan(0.8);
    const fast = candidate?.forecaster?.predict({ type: "fast" });
    expect(fast?.observations).toBe(200);
    expect(fast?.point).toBeCloseTo(2, 0);
  });

  it("promotes one that is better on what was held back", () => {
    const current = Forecaster.train(history(100), options);
    const candidate = trainCandidate({ records: history(100, { change: 40, factor: 5, seed: 2 }), current, options });
    expect(candidate?.forecaster).toBeDefined();
    expect(candidate?.score.loss).toBeLessThan(candidate?.current?.loss ?? 0);
  });

  it("keeps the one in force where the new one is worse on what was held back", () => {
    const current = Forecaster.train(history(200), options);
    // Most of the history is of a time that is over.
    const records = [
      ...history(60, { change: 0, factor: 20, seed: 3 }),
      ...history(14, { seed: 4 }).map((r) => ({ ...r, run: `late ${r.run}` })),
    ];
    const candidate = trainCandidate({ records, current, options });
    expect(candidate).toMatchObject({ heldBack: 60 });
    expect(candidate?.forecaster).toBeUndefined();
    expect(candidate?.score.loss).toBeGreaterThan(candidate?.current?.loss ?? Number.POSITIVE_INFINITY);
  });

  it("holds back whole runs, the latest", () => {
    const records = history(10);
    // One early record of the last run.
    const mixed = [records.at(-1) as TaskRecord, ...records.slice(0, -1)];
    expect(trainCandidate({ records: mixed, options })).toMatchObject({ trained: 32, heldBack: 8 });
  });

  it("passes over a run too large to hold back, wherever it lies", () => {
    const large = history(50).map((record) => ({ ...record, run: "large" }));
    const small = history(4, { seed: 2 });
    expect(trainCandidate({ records: [...small, ...large], options })).toMatchObject({ trained: 200, heldBack: 16 });
    expect(trainCandidate({ records: [...small.slice(0, 8), ...large, ...small.slice(8)], options })).toMatchObject({ heldBack: 16 });
  });

  it("holds back the latest records where whole runs leave too little", () => {
    const one = history(100).map((record) => ({ ...record, run: "one" }));
    expect(trainCandidate({ records: one, options })).toMatchObject({ trained: 320, heldBack: 80 });
    // A second run of four is too little to judge by, and a history of two halves to learn from.
    expect(trainCandidate({ records: [...one, ...history(1, { seed: 2 })], options })).toMatchObject({ trained: 323, heldBack: 81 });
    const halves = history(7).map((record, i) => ({ ...record, run: i < 14 ? "first" : "second" }));
    expect(trainCandidate({ records: halves, options })).toMatchObject({ trained: 22, heldBack: 6 });
  });

  it("says nothing of too little history", () => {
    expect(trainCandidate({ records: history(6), options })).toBeUndefined();
    expect(trainCandidate({ records: history(7).slice(0, 25), options })).toMatchObject({ trained: 20, heldBack: 5 });
  });
});
