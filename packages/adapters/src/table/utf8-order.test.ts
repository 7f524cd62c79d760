import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareUtf8, prefixEnd } from "./utf8-order.ts";

const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom("a", "b", "\u0000", "\ud7ff", "\ue000", "\uffff", "\u{10000}", "\u{10ffff}"),
    fc.string({ unit: "binary", maxLength: 1 }),
  ),
  maxLength: 5,
});

describe("compareUtf8", () => {
  it("orders as the bytes of UTF-8 do", () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      { numRuns: 2000 },
    );
  });
});

describe("prefixEnd", () => {
  it("separates what starts with the prefix from what comes after", () => {
    fc.assert(
      fc.property(text, text, (prefix, other) => {
        const end = prefixEnd(prefix);
        expect(end === undefined || compareUtf8(prefix + other, end) < 0).toBe(true);
        const after = compareUtf8(other, prefix) > 0 && !other.startsWith(prefix);
        if (after) expect(end !== undefined && compareUtf8(other, end) >= 0).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it("knows that nothing follows the last code points", () => expect(prefixEnd("\u{10ffff}\u{10ffff}")).toBeUndefined());
});
