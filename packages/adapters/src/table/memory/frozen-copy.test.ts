import type { Item } from "@qmoi/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { frozenCopy } from "./frozen-copy.ts";

const item = (data: unknown): Item => ({ pk: "p", sk: "s", v: 1, data }) as Item;

const allFrozen = (value: unknown): boolean =>
  typeof value !== "object" || value === null || (Object.isFrozen(value) && Object.values(value).every(allFrozen));

describe("frozenCopy", () => {
  it("holds what JSON text would hold, frozen at every level", () => {
    const value = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: "small" },
        fc.oneof(fc.string({ unit: "binary" }), fc.double(), fc.integer(), fc.boolean(), fc.constant(null), fc.constant(undefined)),
        fc.array(tie("value")),
        fc.dictionary(fc.oneof(fc.string(), fc.constant("__proto__")), tie("value")),
      ),
    })).value;
    fc.assert(
      fc.property(value, (data) => {
        const copy = frozenCopy(item(data));
        expect(copy).toEqual(JSON.parse(JSON.stringify(item(data))));
        expect(JSON.stringify(copy)).toBe(JSON.stringify(item(data)));
        expect(allFrozen(copy)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("shares nothing with the original", () => {
    const data = { list: [{ n: 1 }] };
    const copy = frozenCopy(item(data));
    data.list[0] = { n: 2 };
    expect(copy.data).toEqual({ list: [{ n: 1 }] });
  });
});
