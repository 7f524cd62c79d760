import type { Item } from "@qmoi/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromStoredItem, toStoredItem } from "./attribute-value.ts";

const item = (data: unknown): Item => ({ pk: "p", sk: "s", v: 1, data }) as Item;

describe("toStoredItem", () => {
  it("uses DynamoDB's own types and leaves out what is undefined", () => {
    expect(toStoredItem(item({ s: "ü", n: 1.5, b: true, z: null, l: [1], u: undefined }))).toEqual({
      pk: { S: "p" },
      sk: { S: "s" },
      v: { N: "1" },
      data: { M: { s: { S: "ü" }, n: { N: "1.5" }, b: { BOOL: true }, z: { NULL: true }, l: { L: [{ N: "1" }] } } },
    });
  });

  it.each([[1e200], [{ "": 1 }], [["\ud800"]]])("stores %j, which DynamoDB can't hold, as JSON text", (data) => {
    expect(toStoredItem(item(data)).data).toEqual({ B: Buffer.from(JSON.stringify(data)) });
  });

  it("refuses an attribute that DynamoDB can't name", () => {
    expect(() => toStoredItem({ pk: "p", sk: "s", v: 1, "": 1 })).toThrow(expect.objectContaining({ code: "QMOI_INVALID_KEY" }));
  });
});

describe("fromStoredItem", () => {
  it("gives back any JSON value, also from a Lambda event, where bytes are base64", () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "binary" }), (data) => {
        const stored = toStoredItem(item(data));
        const inEvent = JSON.parse(
          JSON.stringify(stored, (_, value) => (value?.type === "Buffer" ? Buffer.from(value.data).toString("base64") : value)),
        );
        const expected = JSON.parse(JSON.stringify(item(data)));
        expect(fromStoredItem(stored)).toEqual(expected);
        expect(fromStoredItem(inEvent)).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });
});
