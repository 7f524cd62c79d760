import type { BlobStore } from "@qmoi/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codeOf } from "./table/subject.ts";

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const text = (blob: Uint8Array | undefined): string | undefined => blob && Buffer.from(blob).toString();

/** What every BlobStore does alike: each sentence of the port is a test. */
export const blobStoreContract = (name: string, open: () => BlobStore): void => {
  describe(name, () => {
    it("gives back what was put, whole, and undefined for what is absent", async () => {
      const store = open();
      const every = Uint8Array.from({ length: 100_000 }, (_, n) => n % 256);
      await store.put("a/b", every);
      await store.put("empty", new Uint8Array());
      expect(Buffer.from((await store.get("a/b")) ?? []).equals(every)).toBe(true);
      expect(await store.get("empty")).toHaveLength(0);
      expect(await store.get("a")).toBeUndefined();
      expect(await store.get("a/b/c")).toBeUndefined();
    });

    it("replaces a blob, and does not let callers alter it", async () => {
      const store = open();
      const given = bytes("first");
      await store.put("a", given);
      given[0] = 0;
      ((await store.get("a")) as Uint8Array)[1] = 0;
      expect(text(await store.get("a"))).toBe("first");
      await store.put("a", bytes("second"));
      expect(text(await store.get("a"))).toBe("second");
    });

    it("shows readers the old blob or the whole new one", async () => {
      const store = open();
      const blobs = ["x".repeat(500_000), "y".repeat(800_000)];
      await store.put("a", bytes(blobs[0]!));
      let writing = true;
      const writer = (async () => {
        for (let n = 1; n <= 10; n++) await store.put("a", bytes(blobs[n % 2]!));
        writing = false;
      })();
      while (writing) expect(blobs).toContain(text(await store.get("a")));
      await writer;
    });

    it("deletes, and deleting what is absent is no error", async () => {
      const store = open();
      await store.put("a/b", bytes("x"));
      await store.delete("a/b");
      await store.delete("a/b");
      await store.delete("never/there");
      expect(await store.get("a/b")).toBeUndefined();
      expect(await store.list("")).toEqual([]);
    });

    it("tells size and time of a blob", async () => {
      const store = open();
      const before = Date.now();
      await store.put("a", bytes("12345"));
      const [info] = await store.list("");
      expect(info).toMatchObject({ key: "a", bytes: 5 });
      expect(Number.isInteger(info?.at)).toBe(true);
      // A file system may keep its times less finely.
      expect(Math.abs((info?.at ?? 0) - before)).toBeLessThan(60_000);
    });

    it("keeps a key and keys below it apart", async () => {
      const store = open();
      for (const key of ["a", "a/b", "a/b/c"]) await store.put(key, bytes(key));
      for (const key of ["a", "a/b", "a/b/c"]) expect(text(await store.get(key))).toBe(key);
      await store.delete("a/b");
      expect((await store.list("")).map(({ key }) => key)).toEqual(["a", "a/b/c"]);
    });

    it.each([
      "",
      "/",
      "a/",
      "/a",
      "a//b",
      ".",
      "..",
      "a/../b",
      "a/./b",
      "ü",
      "a b",
      "a\\b",
      "a\u0000",
      "~",
      "x".repeat(241),
      `${"x/".repeat(256)}x`,
    ])("refuses the key %j with QMOI_INVALID_KEY", async (key) => {
      const store = open();
      for (const call of [store.put(key, bytes("x")), store.get(key), store.delete(key)])
        expect(await codeOf(call)).toBe("QMOI_INVALID_KEY");
    });

    it.each([0, -1, 1.5])("refuses a limit of %d", async (limit) => {
      expect(await codeOf(open().list("", { limit }))).toBe("QMOI_INVALID_INPUT");
    });

    it("lists in order what starts with a prefix, page by page, as a plain map does", async () => {
      const segment = fc.constantFrom("a", "b", "a-b", "a.b", "a0", "A", "..a", "a=", "_");
      const key = fc.array(segment, { minLength: 1, maxLength: 3 }).map((segments) => segments.join("/"));
      const step = fc.record({ key, put: fc.boolean() });
      const listing = fc.record({
        prefix: fc.oneof(fc.constantFrom("", "a", "a/", "a/b", "c"), key),
        after: fc.option(fc.oneof(key, fc.constantFrom("a/", "b0")), { nil: undefined }),
        limit: fc.constantFrom(undefined, 1, 2, 5),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 15 }), fc.array(listing, { minLength: 1, maxLength: 5 }), async (steps, listings) => {
          const store = open();
          const model = new Map<string, number>();
          for (const [n, each] of steps.entries()) {
            if (each.put) await store.put(each.key, new Uint8Array(n));
            else await store.delete(each.key);
            if (each.put) model.set(each.key, n);
            else model.delete(each.key);
          }
          for (const { prefix, after = "", limit = 1000 } of listings) {
            const expected = [...model.keys()].filter((each) => each.startsWith(prefix) && each > after).sort();
            const found = await store.list(prefix, { after, limit });
            expect(found.map((info) => [info.key, info.bytes])).toEqual(expected.slice(0, limit).map((each) => [each, model.get(each)]));
          }
        }),
        { numRuns: 60, interruptAfterTimeLimit: 20_000 },
      );
    });
  });
};
