import { isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "vitest";
import { codeOf, indexAll, item, opener, queryAll, type Subject, until } from "./subject.ts";

/** In the order of UTF-8, which is not the order of UTF-16: the last two would swap. */
const SORT_KEYS = ["\u0000", "A", "a", "a#1", "a#10", "a#2", "aa", "b", "ü", "\uffff", "😀"];

/** Queries by key and by index. */
export const queryContract = (subject: Subject): void => {
  describe("query", () => {
    const open = opener(subject);
    const filled = async () => {
      const table = await open();
      await Promise.all([...SORT_KEYS].reverse().map((sk) => table.put(item("p", sk))));
      await table.put(item("other", "a"));
      return table;
    };
    const keys = (items: readonly { sk: string }[]): string[] => items.map(({ sk }) => sk);

    it("gives the items of a pk, and no others, in the bytewise order of sk", async () => {
      const table = await filled();
      const page = await table.query({ pk: "p" });
      expect(page.items).toEqual(SORT_KEYS.map((sk) => item("p", sk)));
      expect((await table.query({ pk: "none" })).items).toEqual([]);
    });

    it.each([
      [{ from: "a#1" }, ["a#1", "a#10", "a#2", "aa", "b", "ü", "\uffff", "😀"]],
      [{ to: "a" }, ["\u0000", "A", "a"]],
      [{ from: "a", to: "a#10" }, ["a", "a#1", "a#10"]],
      [{ from: "a", to: "a" }, ["a"]],
      [{ from: "b", to: "a" }, []],
      [{ from: "", to: "A" }, ["\u0000", "A"]],
      [{ to: "" }, []],
      [{ prefix: "a" }, ["a", "a#1", "a#10", "a#2", "aa"]],
      [{ prefix: "a#" }, ["a#1", "a#10", "a#2"]],
      [{ prefix: "" }, SORT_KEYS],
      [{ prefix: "\uffff" }, ["\uffff"]],
      [{ prefix: "zz" }, []],
    ])("keeps to the bounds %j, both inclusive, in both directions", async (bounds, expected) => {
      const table = await filled();
      expect(keys(await queryAll(table, { pk: "p", ...bounds }))).toEqual(expected);
      expect(keys(await queryAll(table, { pk: "p", ...bounds, reverse: true }))).toEqual([...expected].reverse());
      expect(keys(await queryAll(table, { pk: "p", ...bounds, limit: 2 }))).toEqual(expected);
      expect(keys(await queryAll(table, { pk: "p", ...bounds, limit: 2, reverse: true }))).toEqual([...expected].reverse());
    });

    it("holds at most limit items in a page, and has a cursor when there may be more", async () => {
      const table = await filled();
      const page = await table.query({ pk: "p", limit: 4 });
      expect(keys(page.items)).toEqual(SORT_KEYS.slice(0, 4));
      expect(page.next).toBeTypeOf("string");
      expect((await table.query({ pk: "p" })).next).toBeUndefined();
    });

    it("goes on after a cursor's position even if that item has gone", async () => {
      const table = await filled();
      const page = await table.query({ pk: "p", limit: 3 });
      await table.delete({ pk: "p", sk: "a" });
      await table.put(item("p", "a!"));
      expect(keys((await table.query({ pk: "p", limit: 2, after: page.next })).items)).toEqual(["a!", "a#1"]);
    });

    it("shows every write that was confirmed before, and nothing that was deleted", async () => {
      const table = await open();
      const present: string[] = [];
      for (let n = 0; n < 30; n++) {
        const sk = String((n * 7) % 30).padStart(2, "0");
        await table.put(item("p", sk));
        present.push(sk);
        if (n % 3 === 2) await table.delete({ pk: "p", sk: present.shift() as string });
        expect(keys((await table.query({ pk: "p" })).items)).toEqual([...present].sort());
      }
    });

    it("pages through more than fits in one page", async () => {
      const table = await open();
      const big = Array.from({ length: 12 }, (_, n) => item("p", String(n).padStart(2, "0"), { x: "y".repeat(200_000) }));
      for (const each of big) await table.put(each);
      expect(keys(await queryAll(table, { pk: "p" }))).toEqual(keys(big));
      expect(keys(await queryAll(table, { pk: "p", reverse: true }))).toEqual(keys(big).reverse());
    });

    it.each([
      ["an empty pk", { pk: "" }, "QMOI_INVALID_KEY"],
      ["a bound that is too long", { pk: "p", from: "x".repeat(1025) }, "QMOI_INVALID_KEY"],
      ["a prefix together with a bound", { pk: "p", prefix: "a", to: "b" }, "QMOI_INVALID_INPUT"],
      ["a limit of 0", { pk: "p", limit: 0 }, "QMOI_INVALID_INPUT"],
      ["a limit over 1000", { pk: "p", limit: 1001 }, "QMOI_INVALID_INPUT"],
      ["a limit that is no whole number", { pk: "p", limit: 1.5 }, "QMOI_INVALID_INPUT"],
      ["a cursor that it did not give", { pk: "p", after: "nonsense" }, "QMOI_INVALID_INPUT"],
      ["a cursor outside its bounds", { pk: "p", after: Buffer.from('["a"]').toString("base64url"), from: "b" }, "QMOI_INVALID_INPUT"],
    ])("refuses %s", async (_, query, code) => {
      const table = await open();
      expect(await codeOf(table.query(query))).toBe(code);
      expect(await codeOf(table.queryIndex({ ...query, index: 1 }))).toBe(code);
    });
  });

  describe("queryIndex", () => {
    const open = opener(subject);
    const indexed = (sk: string, is: string, more: Record<string, unknown> = {}) => item("p", sk, { i1p: "x", i1s: is, ...more });
    const entry = (sk: string, is: string) => ({ pk: "p", sk, ip: "x", is });

    it("holds exactly the items that have both parts of its key", async () => {
      const table = await open();
      await table.put(indexed("both", "1"));
      await table.put(item("p", "first", { i1p: "x" }));
      await table.put(item("p", "second", { i1s: "1" }));
      await table.put(item("p", "neither"));
      await table.put(item("p", "two", { i2p: "x", i2s: "2" }));
      await until(async () => (await indexAll(table, { index: 1, pk: "x" })).length === 1);
      expect(await indexAll(table, { index: 1, pk: "x" })).toEqual([entry("both", "1")]);
      expect(await indexAll(table, { index: 2, pk: "x" })).toEqual([entry("two", "2")]);
      expect(await indexAll(table, { index: 1, pk: "y" })).toEqual([]);
    });

    it("moves an entry when its key changes and drops it when the key or the item goes", async () => {
      const table = await open();
      const now = () => indexAll(table, { index: 1, pk: "x" });
      const becomes = async (expected: unknown[]): Promise<void> => {
        await until(async () => isDeepStrictEqual(await now(), expected));
      };
      await table.put(indexed("a", "1"));
      await becomes([entry("a", "1")]);
      await table.put(indexed("a", "2", { v: 2 }));
      await becomes([entry("a", "2")]);
      await table.put(indexed("a", "2", { i1p: "elsewhere" }));
      await becomes([]);
      await table.put(indexed("a", "3"));
      await becomes([entry("a", "3")]);
      await table.put(item("p", "a"));
      await becomes([]);
      await table.put(indexed("a", "4"));
      await becomes([entry("a", "4")]);
      await table.delete({ pk: "p", sk: "a" });
      await becomes([]);
    });

    it("orders by its sort key and keeps to bounds, direction and pages", async () => {
      const table = await open();
      await Promise.all(SORT_KEYS.map((is, n) => table.put(indexed(`k${SORT_KEYS.length - n}`, is))));
      const list = async (query: object): Promise<string[]> => (await indexAll(table, { index: 1, pk: "x", ...query })).map(({ is }) => is);
      await until(async () => (await list({})).length === SORT_KEYS.length);
      expect(await list({})).toEqual(SORT_KEYS);
      expect(await list({ reverse: true, limit: 3 })).toEqual([...SORT_KEYS].reverse());
      expect(await list({ prefix: "a#", limit: 1 })).toEqual(["a#1", "a#10", "a#2"]);
      expect(await list({ from: "a#1", to: "aa", reverse: true })).toEqual(["aa", "a#2", "a#10", "a#1"]);
    });

    it("gives each of many entries with the same sort key once, by pk and sk within a page", async () => {
      const table = await open();
      const keys = Array.from({ length: 25 }, (_, n) => ({ pk: `p${n % 3}`, sk: `s${String(n).padStart(2, "0")}` }));
      await Promise.all(keys.map((key) => table.put(item(key.pk, key.sk, { i2p: "x", i2s: "same" }))));
      const sorted = keys.map(({ pk, sk }) => `${pk} ${sk}`).sort();
      const list = async (query: object): Promise<string[]> =>
        (await indexAll(table, { index: 2, pk: "x", ...query })).map(({ pk, sk }) => `${pk} ${sk}`);
      await until(async () => (await list({})).length === keys.length);
      expect(await list({})).toEqual(sorted);
      expect(await list({ reverse: true })).toEqual([...sorted].reverse());
      const paged = await list({ limit: 4 });
      expect(subject.orderedTies ? paged : paged.sort()).toEqual(sorted);
    });
  });
};
