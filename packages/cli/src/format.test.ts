import { Ansis } from "ansis";
import { describe, expect, it } from "vitest";
import { bytes, duration, oneLine, relative, shortName, table } from "./format.ts";

const plain = new Ansis(0);

it.each([
  [-5, "0ms"],
  [0, "0ms"],
  [999, "999ms"],
  [1000, "1.0s"],
  [59_949, "59.9s"],
  [59_950, "1m 00s"],
  [187_000, "3m 07s"],
  [3_599_400, "59m 59s"],
  [3_599_500, "1h 00m"],
  [86_399_000, "1d 0h"],
  [90_000_000, "1d 1h"],
])("%i ms is %s", (ms, text) => {
  expect(duration(ms)).toBe(text);
});

it.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.0 kB"],
  [999_499, "999 kB"],
  [1_500_000, "1.5 MB"],
  [2.5e12, "2.5 TB"],
  [1e18, "1000000 TB"],
])("%i bytes are %s", (n, text) => {
  expect(bytes(n)).toBe(text);
});

it("times are told relative to now", () => {
  expect(relative("2026-01-01T00:00:05.000Z", Date.UTC(2026, 0, 1))).toBe("in 5.0s");
  expect(relative("2026-01-01T00:00:00.000Z", Date.UTC(2026, 0, 1, 2))).toBe("2h 00m ago");
});

describe("text of others", () => {
  it("stays on its line and can't steer the terminal", () => {
    expect(oneLine("a\u001b[31mred\u001b[0m\r\nb\u0007\u009b2J")).toMatch(/^\P{Cc}+$/u);
    expect(oneLine("x".repeat(300), 10)).toBe(`${"x".repeat(9)}…`);
  });

  it("keeps its end when it's a name", () => {
    expect(shortName("NFCORE_SCRNASEQ.STARSOLO.STAR_ALIGN_7", 20)).toBe(
      "NFCO…OLO.STAR_ALIGN_7".slice(0, 4) + "…".concat("OLO.STAR_ALIGN_7".slice(-15)),
    );
    expect(shortName("short", 20)).toBe("short");
    expect(shortName("x".repeat(50), 20)).toHaveLength(20);
  });
});

it("a table has aligned columns and no trailing blanks", () => {
  expect(
    table(
      plain,
      [{ title: "name" }, { title: "n", right: true }],
      [
        ["a", "10"],
        ["long", "5"],
      ],
    ),
  ).toBe("name   n\na     10\nlong   5\n");
});
