import { describe, expect, it } from "vitest";
import { Prng } from "../forest/prng.ts";
import { normal } from "../testing/outcomes.ts";
import { evaluateTable } from "./evaluate-table.ts";
import { evaluateWfformat } from "./evaluate-wfformat.ts";
import type { Row } from "./table.ts";

/** Three kinds of work; one is twice as long on a slow machine. Cells are texts, as from a CSV. */
const table = (count: number, seed = 1): Row[] => {
  const prng = new Prng(seed);
  return Array.from({ length: count }, (_, i) => {
    const kind = ["load", "sort", "train"][prng.below(3)] as string;
    const size = Math.exp(14 + 4 * prng.next());
    const machine = prng.below(2) === 0 ? "fast" : "slow";
    const seconds =
      (size / 1e5) * (kind === "train" && machine === "slow" ? 8 : 1) * (kind === "load" ? 0.1 : 1) * Math.exp(0.1 * normal(prng));
    return {
      at: new Date(Date.UTC(2024, 0, 1) + i * 60_000).toISOString(),
      kind,
      bytes: size.toFixed(0),
      machine,
      run: `r${i % 50}`,
      seconds: seconds.toFixed(4),
    };
  });
};
const options = { target: "seconds", group: "kind", size: "bytes", time: "at", trees: 30 };

describe("evaluateTable", () => {
  const result = evaluateTable(table(1200), options);

  it("forecasts the last quarter better than any baseline, calibrated", () => {
    expect(result).toMatchObject({ rows: 300, split: "the last 25% by at", notes: ["The kind of work is named by kind."] });
    for (const baseline of Object.values(result.baselines)) {
      expect(result.ours.r2log).toBeGreaterThan(baseline.r2log);
      expect(result.ours.mdape).toBeLessThan(baseline.mdape);
      expect(result.ours.within2x).toBeGreaterThan(baseline.within2x);
      expect(result.ours.pinball90).toBeLessThan(baseline.pinball90);
      expect(result.ours.widthAt90).toBeLessThan(baseline.widthAt90);
    }
    expect(result.ours.coverage90).toBeGreaterThan(0.84);
    expect(result.ours.coverage90).toBeLessThan(0.96);
  });

  it("learns nothing from rows that it forecasts", () => {
    const rows = table(1200);
    const spoiled = rows.map((row, i) => (i < 900 ? row : { ...row, seconds: "1" }));
    const { ours } = evaluateTable(spoiled, options);
    // What came is constant now, so nothing is explained; forecasts, and so their widths, are the same as before.
    expect(ours.r2log).toBeLessThan(-1e6);
    expect(ours.width90).toBe(result.ours.width90);
  });

  it("has no luck where there is nothing to know", () => {
    const prng = new Prng(5);
    const noise = table(800).map((row) => ({ ...row, seconds: Math.exp(normal(prng)) }));
    const { ours } = evaluateTable(noise, options);
    expect(ours.r2log).toBeLessThan(0.05);
    expect(Math.abs(ours.coverage90 - 0.9)).toBeLessThan(0.06);
  });

  it("takes no row for the latest where the rows are in no order of time", () => {
    // Sorted by value, as tables often are: the rows before one tell it, though nobody could know them.
    const sorted = table(600).sort((a, b) => Number(a.seconds) - Number(b.seconds));
    const rows = sorted.map(({ seconds }, i): Row => ({ seconds, host: `h${i % 20}` }));
    const given = { target: "seconds", trees: 30 };
    expect(evaluateTable(rows, { ...given, split: "column:host" }).methods).not.toHaveProperty("recent");
    expect(evaluateTable(rows, given).methods).toHaveProperty("recent");
  });

  it("is honest about whole values held out of a sorted table, whose neighbours tell each other", () => {
    const prng = new Prng(3);
    const levels = Array.from({ length: 40 }, (_, i) => Math.floor(i / 10) + 0.3 * normal(prng));
    const pairs = levels.flatMap((level, from) =>
      levels.map((_, to) => ({ from: `a${from}`, to: `b${to}`, seconds: Math.exp(level + 0.3 * normal(prng)) })),
    );
    const { ours, baselines } = evaluateTable(pairs, { target: "seconds", split: "column:from", trees: 30 });
    expect(ours.coverage90).toBeGreaterThan(0.87);
    expect(ours.pinball90).toBeLessThan(1.05 * Math.min(...Object.values(baselines).map(({ pinball90 }) => pinball90)));
  });

  it("finds the kind of work among rows that a column marks for learning, though they share the mark", () => {
    const marked = table(400).map((row, i) => ({ ...row, set: i % 4 === 0 ? "test" : "train" }));
    const { ours, notes } = evaluateTable(marked, { target: "seconds", size: "bytes", split: "column:set", trees: 20 });
    expect(notes).toContain("The kind of work is named by kind.");
    expect(ours.r2log).toBeGreaterThan(0.9);
  });

  it("is exact about what is always the same, sizes beyond all seen included", () => {
    const same = table(200).map((row, i) => ({ ...row, seconds: 7, bytes: i }));
    expect(evaluateTable(same, options).ours).toMatchObject({ pinball90: 0, coverage90: 1, width90: expect.closeTo(0, 9) });
  });

  it("tells before each training how far it is", () => {
    const steps: [number, number][] = [];
    evaluateTable(table(200), { target: "seconds", split: "column:kind", trees: 5 }, (done, folds) => steps.push([done, folds]));
    expect(steps).toEqual([
      [0, 3],
      [1, 3],
      [2, 3],
    ]);
  });

  it("takes no column for a name that names nothing beyond the values held out", () => {
    const prng = new Prng(8);
    const rows = Array.from({ length: 20 }, (_, host) => {
      const level = normal(prng);
      return Array.from({ length: 30 }, () => ({ host: `h${host}`, rack: `r${host}`, seconds: Math.exp(level + 0.1 * normal(prng)) }));
    }).flat();
    const { notes } = evaluateTable(rows, { target: "seconds", split: "column:host", trees: 10 });
    expect(notes).toContain("No column names the kind of work.");
  });

  it("is the same each time", () => {
    expect(evaluateTable(table(300), options)).toEqual(evaluateTable(table(300), options));
  });

  it("finds what names the kind of work itself, and holds other groups together", () => {
    const held = evaluateTable(table(600), { ...options, group: "run", split: "column:run" });
    expect(held.rows).toBe(600);
    expect(held.notes).toContain("The kind of work is named by kind.");
    expect(held.split).toBe("each of 50 values of run from the others, in 10 folds");
    expect(held.ours.r2log).toBeGreaterThan(0.9);
  });

  it.each<[string, object, RegExp]>([
    ["a split by the target", { split: "column:seconds" }, /the target itself/],
    ["the target as size", { size: "seconds" }, /the target itself/],
    ["the target as group", { group: "seconds" }, /the target itself/],
    ["a random split of groups", { split: "random" }, /both sides/],
    ["a column that tears groups apart", { split: "column:run" }, /both sides/],
    ["a column that is missing", { size: "weight" }, /no column weight/],
    ["a size of names", { size: "machine" }, /size machine is not a column of numbers/],
    ["a target of names", { target: "machine", group: undefined }, /not a column of numbers/],
    ["a time that is none", { time: "machine" }, /neither numbers nor ISO/],
    ["a split by time without times", { time: undefined, split: "time" }, /needs a column of times/],
  ])("refuses %s", (_, change, message) => {
    expect(() => evaluateTable(table(200), { ...options, ...change })).toThrow(message);
  });

  it("refuses columns that give the target away, until they are ignored", () => {
    const leaking = table(200).map((row) => ({ ...row, ms: Number(row.seconds) * 1000 }));
    expect(() => evaluateTable(leaking, options)).toThrow(/ms gives the target seconds away/);
    expect(evaluateTable(leaking, { ...options, ignore: ["ms"] }).rows).toBe(50);
  });

  it("refuses too few rows and says what it left out", () => {
    expect(() => evaluateTable(table(12), options)).toThrow(/9 rows to learn from and 3 to forecast/);
    expect(() => evaluateTable([], { target: "seconds" })).toThrow(/no column seconds/);
    expect(() =>
      evaluateTable(
        table(50).map((row) => ({ ...row, seconds: "0" })),
        options,
      ),
    ).toThrow(/No row has a positive seconds/);
    const holes = table(200).map((row, i) => (i % 4 === 0 ? { ...row, seconds: i % 8 === 0 ? "" : "-3" } : row));
    expect(evaluateTable(holes, options).notes[0]).toBe("50 rows without a usable seconds or at were left out.");
  });

  it("takes zeros as the smallest that it learned from", () => {
    const rounded = table(400).map((row) => ({ ...row, seconds: Math.floor(Number(row.seconds)) }));
    const { ours, rows } = evaluateTable(rounded, options);
    expect(rows).toBe(100);
    expect(ours.r2log).toBeGreaterThan(0.5);
  });
});

describe("evaluateWfformat", () => {
  /** An execution of a workflow of ten pieces, whose run times grow with its input. */
  const instance = (name: string, scale: number, seed: number): { name: string; document: unknown } => {
    const prng = new Prng(seed);
    const ids = Array.from({ length: 10 }, (_, i) => `work_${i}`);
    const files = ids.map((id) => ({ id: `${id}.in`, sizeInBytes: Math.round(scale * 1e6 * (1 + prng.next())) }));
    const tasks = ids.map((id, i) => ({ id, name: id, parents: [], children: ["end_1"], inputFiles: [files[i]!.id], outputFiles: [] }));
    const executed = ids.map((id, i) => ({ id, runtimeInSeconds: (files[i]!.sizeInBytes / 1e6) * Math.exp(0.1 * normal(prng)) }));
    const specification = { files, tasks: [...tasks, { id: "end_1", name: "end_1", parents: ids, children: [], inputFiles: [] }] };
    return {
      name,
      document: { name: "flow-1", workflow: { specification, execution: { tasks: [...executed, { id: "end_1", runtimeInSeconds: 5 }] } } },
    };
  };
  const instances = [1, 2, 4, 8, 16, 32].map((scale, i) => instance(`flow-${scale}.json`, scale, i));

  it("forecasts each execution from the others", () => {
    const seen: number[] = [];
    const result = evaluateWfformat(instances, { trees: 20, each: (actual) => seen.push(actual) });
    expect(result.rows).toBe(66);
    expect(seen).toHaveLength(66);
    expect(result.split).toBe("each of 6 instances from all others");
    expect(result.ours.r2log).toBeGreaterThan(0.9);
    expect(result.ours.r2log).toBeGreaterThan(result.baselines.median.r2log);
    expect(result.levels).toEqual({ type: 66 });
  });

  it("refuses what can't be left out, and says what was not measured", () => {
    expect(() => evaluateWfformat(instances.slice(0, 1))).toThrow(/takes two/);
    expect(() => evaluateWfformat(instances, { quantity: "memory" })).toThrow(/measured memory; there are 0/);
    expect(() => evaluateWfformat([...instances, { name: "odd", document: {} }])).toThrow(/odd has no workflow/);
    const empty = { name: "empty", document: { workflow: { specification: { tasks: [] } } } };
    expect(evaluateWfformat([...instances, empty], { trees: 5 }).notes).toEqual(["1 instances without a measured runtime were left out."]);
  });
});
