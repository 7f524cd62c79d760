import fc from "fast-check";
import { expect, it } from "vitest";
import { together } from "./together.ts";

it("spreads what goes into one request over messages of one, and more over messages of two, none lost and in order", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 100 }), (items) => {
      const messages = together(items);
      expect(messages.flat()).toEqual(items);
      expect(Math.max(0, ...messages.map(({ length }) => length))).toBe(Math.min(items.length, items.length > 10 ? 2 : 1));
      expect(messages.length).toBe(items.length > 10 ? Math.ceil(items.length / 2) : items.length);
    }),
  );
});
