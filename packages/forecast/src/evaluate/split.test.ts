import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitRows } from "./split.ts";
import type { Row } from "./table.ts";

const rows = (count: number, make: (row: number) => Row): Row[] => Array.from({ length: count }, (_, row) => make(row));
const order = (table: readonly Row[]): number[] => [...table.keys()];

describe("splitRows", () => {
  it("by time learns from what came first, and keeps a moment together", () => {
    const table = rows(100, (row) => ({ time: Math.floor(row / 10) }));
    const { folds, says } = splitRows(table, order(table), { by: "time", time: "time", seed: 1 });
    expect(folds[0]!.train).toEqual(order(table).slice(0, 70));
    expect(folds[0]!.test).toEqual(order(table).slice(70));
    expect(says).toBe("the last 25% by time");
  });

  it("by time does not learn from the few groups that lie on both sides, unless groups recur all the time", () => {
    const runs = rows(100, (row) => ({ time: row, run: `r${Math.floor(row / 9)}` }));
    const split = splitRows(runs, order(runs), { by: "time", time: "time", group: "run", seed: 1 });
    expect(split.folds[0]!.train).toEqual(order(runs).slice(0, 72));
    expect(split.folds[0]!.test).toHaveLength(25);
    expect(split.notes[0]).toMatch(/1 values of run/);
    const kinds = rows(100, (row) => ({ time: row, kind: `k${row % 5}` }));
    expect(splitRows(kinds, order(kinds), { by: "time", time: "time", group: "kind", seed: 1 }).folds[0]!.train).toHaveLength(75);
  });

  it("without times forecasts the last rows of each group", () => {
    const table = rows(40, (row) => ({ kind: row < 20 ? "a" : "b" }));
    const { folds } = splitRows(table, order(table), { by: "order", group: "kind", seed: 1 });
    expect(folds[0]!.test).toEqual([15, 16, 17, 18, 19, 35, 36, 37, 38, 39]);
  });

  it("forecasts the end of all rows where groups are too short to have ends", () => {
    const table = rows(60, (row) => ({ run: `r${Math.floor(row / 3)}` }));
    const { folds, says } = splitRows(table, order(table), { by: "order", group: "run", seed: 1 });
    expect(folds[0]!.test).toEqual(order(table).slice(45));
    expect(says).toBe("the last 25% in the order of the rows");
  });

  it("at random refuses to tear groups apart", () => {
    const table = rows(40, (row) => ({ run: `r${row % 4}` }));
    expect(splitRows(table, order(table), { by: "random", seed: 1 }).folds[0]!.test).toHaveLength(10);
    expect(() => splitRows(table, order(table), { by: "random", group: "run", seed: 1 })).toThrow(/both sides/);
  });

  it("by a column follows marks, and holds out values otherwise", () => {
    const marked = rows(30, (row) => ({ set: row % 3 === 0 ? "Test" : "train", is_test: row % 3 === 0 ? "1" : "0" }));
    for (const by of ["column:set", "column:is_test"] as const) {
      const { folds } = splitRows(marked, order(marked), { by, seed: 1 });
      expect(folds).toHaveLength(1);
      expect(folds[0]!.test).toEqual(order(marked).filter((row) => row % 3 === 0));
    }
    const valued = rows(30, (row) => ({ cluster: `c${row % 3}` }));
    const { folds } = splitRows(valued, order(valued), { by: "column:cluster", seed: 1 });
    expect(folds).toHaveLength(3);
    expect(folds.flatMap(({ test }) => test).sort((a, b) => a - b)).toEqual(order(valued));
  });

  it("by a column refuses one that tears groups apart, or has a single value", () => {
    const table = rows(30, (row) => ({ set: row % 2 === 0 ? "train" : "test", run: `r${row % 5}`, one: 1 }));
    expect(() => splitRows(table, order(table), { by: "column:set", group: "run", seed: 1 })).toThrow(/one run \(r\d\) on both sides/);
    expect(() => splitRows(table, order(table), { by: "column:one", seed: 1 })).toThrow(/one value only/);
    expect(splitRows(table, order(table), { by: "column:run", group: "run", seed: 1 }).folds).toHaveLength(5);
  });

  it("never has a row on both sides, nor loses one that is forecast", () => {
    const by = fc.constantFrom("time", "order", "random", "column:v") as fc.Arbitrary<"time">;
    fc.assert(
      fc.property(fc.array(fc.record({ t: fc.nat(20), v: fc.nat(30) }), { minLength: 8, maxLength: 60 }), by, (table, split) => {
        fc.pre(new Set(table.map(({ v }) => v)).size > 1);
        for (const { train, test } of splitRows(table, order(table), { by: split, time: "t", seed: 1 }).folds) {
          expect([...train, ...test].sort((a, b) => a - b)).toEqual(order(table));
        }
      }),
    );
  });
});
