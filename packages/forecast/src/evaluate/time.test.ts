import { describe, expect, it } from "vitest";
import { Prng } from "../forest/prng.ts";
import { normal } from "../testing/outcomes.ts";
import { evaluateTable } from "./evaluate-table.ts";
import type { Evaluation } from "./evaluation.ts";

const ROWS = 1200;

/** Rows of some types, a minute apart; `level` gives the logarithm of a type's next value. */
const series = (
  level: (before: number, draw: number, share: number) => number,
  seed: number,
  { types = 2, rows: count = ROWS } = {},
): Evaluation => {
  const prng = new Prng(seed);
  const levels = Array.from({ length: types }, (_, type) => 1 + (type % 3));
  const rows = Array.from({ length: count }, (_, i) => {
    const type = prng.below(types);
    levels[type] = level(levels[type]!, normal(prng), i / count);
    return {
      task: `t${type}`,
      started: new Date(Date.UTC(2026, 0, 1) + 60_000 * i).toISOString(),
      seconds: Math.exp(levels[type]! + 0.1 * normal(prng)),
    };
  });
  return evaluateTable(rows, { target: "seconds", group: "task", time: "started", seed: 1, trees: 20 });
};
const best = ({ baselines }: Evaluation): number => Math.min(...Object.values(baselines).map(({ pinball90 }) => pinball90));

describe("a split by time of values that follow each other", () => {
  it("doesn't overrate itself on random walks", () => {
    const walks = series((before, draw) => before + 0.04 * draw, 1, { types: 12, rows: 2400 });
    expect(walks.ours.pinball90).toBeLessThan(1.2 * best(walks));
    expect(walks.ours.coverage90).toBeGreaterThan(0.65);
  });

  it("is drawn to the middle where values return to it", () => {
    // One series that wanders says little: what counts is how several fared.
    const all = [1, 2, 3, 4, 5, 6].map((seed) => series((before, draw) => 0.95 * before + 0.2 * draw, seed, { types: 4 }));
    const ratios = all.map((each) => each.ours.pinball90 / best(each));
    expect(ratios.reduce((product, ratio) => product * ratio, 1) ** (1 / all.length)).toBeLessThan(1.3);
    expect(all.reduce((sum, { ours }) => sum + ours.coverage90, 0) / all.length).toBeGreaterThan(0.85);
  });

  it("follows growth", () => {
    const growth = series((before) => before + 2 / ROWS, 4);
    expect(growth.ours.pinball90).toBeLessThan(best(growth));
    expect(growth.ours.coverage90).toBeGreaterThan(0.75);
  });

  it("takes a change that came once as such, wherever it lies", () => {
    for (const at of [0.45, 0.6]) {
      const shift = series((before, _, share) => (share > at && Number.isInteger(before) ? before + 1.5 : before), 5);
      expect(shift.ours.mdape, String(at)).toBeLessThan(0.2);
      expect(shift.ours.width90, String(at)).toBeLessThan(1);
    }
  });

  it("says of independent values what it said before", () => {
    const independent = series((before) => before, 6);
    expect(independent.ours.coverage90).toBeGreaterThan(0.85);
    expect(independent.ours.widthAt90).toBeLessThan(0.4);
  });
});
