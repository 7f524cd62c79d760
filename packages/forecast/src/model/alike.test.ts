import { describe, expect, it } from "vitest";
import { Prng } from "../forest/prng.ts";
import { normal } from "../testing/outcomes.ts";
import { alikeOf } from "./alike.ts";

/** Parts of 50 rows on a line, with noise that a part has in common and noise of each row. */
const share = (parts: number, common: number, apart: number): number => {
  const prng = new Prng(1);
  const rows = Array.from({ length: parts }, (_, part) => {
    const [size, shared] = [10 * prng.next(), common * normal(prng)];
    return Array.from({ length: 50 }, () => ({ part, size, value: size + shared + apart * normal(prng) }));
  }).flat();
  return alikeOf(
    rows.map(({ size }) => size),
    rows.map(({ value }) => value),
    Int32Array.from(rows, ({ part }) => part),
  );
};

describe("alikeOf", () => {
  it("is the share of the variance that rows of a part have in common", () => {
    expect(share(100, 1, 1)).toBeCloseTo(0.5, 1);
    expect(share(100, 0, 1)).toBeLessThan(0.02);
    expect(share(100, 1, 0.1)).toBeGreaterThan(0.98);
    expect(share(100, 0.5, 1)).toBeCloseTo(0.2, 1);
  });

  it("is what rows differ by beside a usual difference of parts, where one or two parts can't tell", () => {
    for (const parts of [1, 2]) {
      expect(share(parts, 1, 0.1)).toBeGreaterThan(0.8);
      expect(share(parts, 1, 3)).toBeLessThan(0.05);
    }
  });

  it("is all where no part has two rows", () => {
    expect(alikeOf([1, 2, 3], [1, 5, 2], Int32Array.of(0, 1, 2))).toBe(1);
    expect(alikeOf([], [], new Int32Array())).toBe(1);
  });
});
