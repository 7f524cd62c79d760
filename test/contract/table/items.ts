import { MAX_ITEM_BYTES } from "@qmoi/core";
import { describe, expect, it } from "vitest";
import { codeOf, item, opener, type Subject } from "./subject.ts";

const nested = (depth: number): unknown => (depth === 0 ? "end" : [nested(depth - 1)]);

/** Reading and replacing single items. */
export const itemContract = (subject: Subject): void => {
  describe("items", () => {
    const open = opener(subject);

    it("gives undefined for an absent item", async () => {
      const table = await open();
      expect(await table.get({ pk: "p", sk: "s" })).toBeUndefined();
    });

    it("gives back what was put, read strongly", async () => {
      const table = await open();
      for (let v = 1; v <= 20; v++) {
        await table.put(item("p", "s", { v }));
        expect(await table.get({ pk: "p", sk: "s" })).toEqual(item("p", "s", { v }));
      }
    });

    it("replaces the whole item", async () => {
      const table = await open();
      await table.put(item("p", "s", { a: 1, i1p: "x", i1s: "y" }));
      await table.put(item("p", "s", { b: 2 }));
      expect(await table.get({ pk: "p", sk: "s" })).toEqual(item("p", "s", { b: 2 }));
    });

    it("tells keys apart by both parts", async () => {
      const table = await open();
      await Promise.all([table.put(item("a", "bc")), table.put(item("ab", "c")), table.put(item("A", "bc"))]);
      expect(await table.get({ pk: "ab", sk: "c" })).toEqual(item("ab", "c"));
      expect(await table.get({ pk: "a", sk: "c" })).toBeUndefined();
      expect(await table.get({ pk: "a", sk: "BC" })).toBeUndefined();
    });

    it("does not filter by ttl", async () => {
      const table = await open();
      await table.put(item("p", "s", { ttl: 1 }));
      expect(await table.get({ pk: "p", sk: "s" })).toEqual(item("p", "s", { ttl: 1 }));
    });

    it.each<[string, unknown]>([
      ["strings", ["", " ", "a\u0000b", 'q"\\\n', "ü€😀", "\ud800 alone", "__proto__"]],
      ["numbers", [0, -1, 0.1 + 0.2, 1e21, 5e-324, 1.7976931348623157e308, Number.MAX_SAFE_INTEGER, 1e-130, 1e126]],
      ["null and booleans", [null, true, false]],
      ["empty containers", { list: [], map: {} }],
      ["names", { "": 1, "a.b": 2, "#n": 3, ":v": 4, "ü😀": 5, "0": 6, constructor: 7 }],
      ["the name __proto__", JSON.parse('{"__proto__": {"a": 1}}')],
      ["deep nesting", nested(100)],
    ])("keeps %s", async (_, data) => {
      const table = await open();
      await table.put(item("p", "s", { data }));
      const stored = await table.get({ pk: "p", sk: "s" });
      expect(JSON.stringify(stored?.data)).toBe(JSON.stringify(data));
    });

    it("keeps values as JSON does: without what is undefined, and null for a number that isn't finite", async () => {
      const table = await open();
      await table.put(item("p", "s", { ttl: undefined, data: { a: undefined, b: Number.NaN, c: -0, d: [undefined] } }));
      const stored = await table.get({ pk: "p", sk: "s" });
      expect(stored?.data).toStrictEqual({ b: null, c: 0, d: [null] });
      expect(Object.keys(stored ?? {}).sort()).toEqual(["data", "pk", "sk", "v"]);
    });

    it("does not let callers alter what is stored", async () => {
      const table = await open();
      const given = item("p", "s", { data: { list: [1] } });
      const put = table.put(given);
      (given.data as { list: number[] }).list.push(2);
      await put;
      (given.data as { list: number[] }).list.push(3);
      const stored = (await table.get({ pk: "p", sk: "s" })) as typeof given;
      try {
        (stored.data as { list: number[] }).list.push(4);
      } catch {
        // A frozen answer keeps the promise as well.
      }
      expect(await table.get({ pk: "p", sk: "s" })).toEqual(item("p", "s", { data: { list: [1] } }));
    });

    it("deletes, and deleting what is absent is no error", async () => {
      const table = await open();
      await table.put(item("p", "s"));
      await table.delete({ pk: "p", sk: "s" });
      await table.delete({ pk: "p", sk: "s" });
      expect(await table.get({ pk: "p", sk: "s" })).toBeUndefined();
    });

    it.each<[string, Record<string, unknown>]>([
      ["an empty pk", { pk: "" }],
      ["an empty sk", { sk: "" }],
      ["a pk over 2048 bytes", { pk: "ü".repeat(1025) }],
      ["an sk over 1024 bytes", { sk: "€".repeat(342) }],
      ["an ill-formed pk", { pk: "\udc00" }],
      ["an sk that is no string", { sk: 1 }],
    ])("refuses %s with QMOI_INVALID_KEY", async (_, part) => {
      const table = await open();
      const key = { ...item("p", "s"), ...part } as ReturnType<typeof item>;
      expect(await codeOf(table.put(key))).toBe("QMOI_INVALID_KEY");
      expect(await codeOf(table.get(key))).toBe("QMOI_INVALID_KEY");
      expect(await codeOf(table.delete(key))).toBe("QMOI_INVALID_KEY");
    });

    it.each(["i1p", "i1s", "i2p", "i2s"])("refuses an empty, long or ill-formed %s with QMOI_INVALID_KEY", async (name) => {
      const table = await open();
      for (const value of ["", "x".repeat(name.endsWith("p") ? 2049 : 1025), "\ud800"]) {
        expect(await codeOf(table.put(item("p", "s", { i1p: "a", i1s: "b", i2p: "c", i2s: "d", [name]: value })))).toBe("QMOI_INVALID_KEY");
      }
      expect(await table.get({ pk: "p", sk: "s" })).toBeUndefined();
    });

    it("takes keys of exactly the longest size", async () => {
      const table = await open();
      const longest = item("ü".repeat(1024), "😀".repeat(256), { i1p: "p".repeat(2048), i1s: "s".repeat(1024) });
      await table.put(longest);
      expect(await table.get(longest)).toEqual(longest);
    });

    it("takes an item of 400 KB, refuses a larger one with QMOI_TOO_LARGE and writes nothing of it", async () => {
      const table = await open();
      const rest = 2 + 1 + 2 + 1 + 1 + 2 + 1; // names and values of pk, sk and v, and the name of x
      const largest = item("p", "s", { x: "a".repeat(MAX_ITEM_BYTES - rest) });
      await table.put(largest);
      expect(await codeOf(table.put(item("p", "s", { x: `${String(largest.x)}a` })))).toBe("QMOI_TOO_LARGE");
      expect(await table.get({ pk: "p", sk: "s" })).toEqual(largest);
    });

    it("counts a large item's bytes, not its characters", async () => {
      const table = await open();
      expect(await codeOf(table.put(item("p", "s", { x: "€".repeat(140_000) })))).toBe("QMOI_TOO_LARGE");
      expect(await codeOf(table.put(item("p", "s", { x: Array.from({ length: 100_000 }, () => 0) })))).toBe("none");
    });

    it("refuses everything once it is closed", async () => {
      const table = await open();
      await table.close();
      const key = { pk: "p", sk: "s" };
      const calls = [
        table.get(key),
        table.put(item("p", "s")),
        table.delete(key),
        table.query({ pk: "p" }),
        table.queryIndex({ index: 1, pk: "p" }),
        table.scan(),
        table.subscribe(() => undefined),
      ];
      for (const call of calls) expect(await codeOf(call)).toBe("QMOI_STORE_UNAVAILABLE");
    });
  });
};
