import { type Item, type Json, MAX_ITEM_BYTES, TooLargeError } from "@qmoi/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { attributeBytes, checkItemBytes, itemBytes } from "./item-bytes.ts";

const nested = (depth: number): Json => (depth === 0 ? 1 : [nested(depth - 1)]);

describe("attributeBytes", () => {
  // Measured on DynamoDB Local by the length of a string at which an item's units change.
  it.each([
    [0, 1],
    [1, 2],
    [99, 2],
    [101, 3],
    [1000, 2],
    [123456, 4],
    [1790000000123, 8],
    [-1, 3],
    [-123, 4],
    [0.1, 2],
    [0.123, 3],
    [12e-7, 3],
    [2.51423, 5],
    [-2.51423, 6],
    [0.1 + 0.2, 10],
    [1e20, 2],
    [1e21, 2],
    [99e99, 3],
    [1.7976931348623157e100, 10],
  ])("counts the number %d as %d", (value, bytes) => expect(attributeBytes(value)).toBe(bytes));

  it.each<[Json, number]>([
    [null, 1],
    [true, 1],
    ["", 0],
    ["aü€😀", 10],
    [[], 3],
    [{}, 3],
    [["abc"], 7],
    [{ ab: "abc", c: null }, 12],
    [{ a: { b: [true] } }, 15],
  ])("counts %j as %d", (value, bytes) => expect(attributeBytes(value)).toBe(bytes));

  it.each<[string, Json]>([
    ["a number out of range", [1e300]],
    ["a number too small", { a: -1e-200 }],
    ["an empty name", { "": 1 }],
    ["an ill-formed string", "x\ud800y"],
    ["deep nesting", nested(32)],
  ])("counts the JSON text of %s", (_, value) => expect(attributeBytes(value)).toBe(Buffer.byteLength(JSON.stringify(value))));

  it("counts the deepest native nesting natively", () => expect(attributeBytes(nested(31))).toBe(31 * 4 + 2));
});

describe("itemBytes", () => {
  it("counts names and values and leaves out what is undefined", () => {
    expect(itemBytes({ pk: "ab", sk: "c", v: 1, ttl: undefined })).toBe(2 + 2 + 2 + 1 + 1 + 2);
  });
});

describe("checkItemBytes", () => {
  const item = (length: number): Item => ({ pk: "p", sk: "s", v: 1, data: "x".repeat(length) });
  const fits = MAX_ITEM_BYTES - itemBytes(item(0));

  it("takes an item of exactly the limit and refuses one byte more", () => {
    expect(() => checkItemBytes(item(fits))).not.toThrow();
    expect(() => checkItemBytes(item(fits + 1))).toThrow(TooLargeError);
  });

  it("never passes over an item that is too large, whichever way it is asked", () => {
    const bulky = fc.constantFrom<Json>("€", "\u0000", "\ud800", 1, null, [], {});
    fc.assert(
      fc.property(fc.array(bulky, { maxLength: 4 }), fc.integer({ min: 1, max: 200_000 }), (unit, count) => {
        const item: Item = { pk: "p", sk: "s", v: 1, data: Array.from({ length: count }, () => unit).flat() };
        const tooLarge = itemBytes(item) > MAX_ITEM_BYTES;
        for (const jsonLength of [undefined, JSON.stringify(item).length]) {
          if (tooLarge) expect(() => checkItemBytes(item, jsonLength)).toThrow(TooLargeError);
          else expect(() => checkItemBytes(item, jsonLength)).not.toThrow();
        }
      }),
      { numRuns: 10 },
    );
  });
});
