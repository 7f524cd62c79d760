import { describe, expect, it } from "vitest";
import { clockOf, readColumn } from "./table.ts";

const column = (cells: readonly (string | number | boolean | null)[]): ReturnType<typeof readColumn> =>
  readColumn(
    cells.map((x) => ({ x })),
    "x",
  );

describe("readColumn", () => {
  it("tells numbers, times and names apart, and empty cells from all", () => {
    expect(column(["1", " 2.5 ", "", "NA", 1e3])).toEqual({
      kind: "numeric",
      numbers: Float64Array.of(1, 2.5, Number.NaN, Number.NaN, 1000),
    });
    expect(column(["2024-01-01T00:00:00Z", null])).toEqual({ kind: "time", numbers: Float64Array.of(Date.UTC(2024, 0, 1), Number.NaN) });
    expect(column(["a", "1", "-"])).toEqual({ kind: "categorical", texts: ["a", "1", undefined] });
    expect(column([true, false])).toEqual({ kind: "categorical", texts: ["true", "false"] });
    expect(column(["", null]).kind).toBe("categorical");
  });

  it("reads thousands that are set apart", () => {
    expect(column(["1,234,567.5", "12", "-1,000"])).toEqual({ kind: "numeric", numbers: Float64Array.of(1_234_567.5, 12, -1000) });
    expect(column(["1,2", "12,34,5"]).kind).toBe("categorical");
  });

  it("bears a few odd cells among numbers", () => {
    expect(column([...new Array(99).fill("3"), "oops"]).kind).toBe("numeric");
    expect(column(["3", "oops"]).kind).toBe("categorical");
  });
});

it("clockOf takes numbers for times only where they can be nothing else", () => {
  expect(clockOf(column(["1700000000", "1800000000"]))).toEqual(Float64Array.of(1.7e12, 1.8e12));
  expect(clockOf(column(["1700000000000"]))).toEqual(Float64Array.of(1.7e12));
  expect(clockOf(column(["1700000000", "5"]))).toBeUndefined();
  expect(clockOf(column(["a"]))).toBeUndefined();
});
