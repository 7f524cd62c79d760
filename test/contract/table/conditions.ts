import { ConflictError, type When } from "@qmoi/core";
import { describe, expect, it } from "vitest";
import { codeOf, item, opener, type Subject } from "./subject.ts";

const stored = item("p", "s", { v: 3, state: "running", count: 2, done: false, label: "ü\"\\'€" });
const key = { pk: "p", sk: "s" };

/** Conditional writes, `seq` and `stamp`. */
export const conditionContract = (subject: Subject): void => {
  describe("conditions", () => {
    const open = opener(subject);

    const cases: [title: string, when: When, onStored: boolean, onAbsent: boolean][] = [
      ["absent", { site: "t", absent: true }, false, true],
      ["the stored version", { site: "t", v: 3 }, true, false],
      ["another version", { site: "t", v: 2 }, false, false],
      ["a version below", { site: "t", below: 4 }, true, true],
      ["a version below the stored one", { site: "t", below: 3 }, false, true],
      ["a version below one with more digits", { site: "t", below: 10 }, true, true],
      ["equal string, number and boolean", { site: "t", equals: { state: "running", count: 2, done: false } }, true, false],
      ["an equal string with quotes and beyond ASCII", { site: "t", equals: { label: "ü\"\\'€" } }, true, false],
      ["one of two unequal", { site: "t", equals: { state: "running", count: 3 } }, false, false],
      ["a string where a number is stored", { site: "t", equals: { count: "2" } }, false, false],
      ["a boolean where a number is stored", { site: "t", equals: { done: 0 } }, false, false],
      ["an attribute that is not there", { site: "t", equals: { token: "x" } }, false, false],
      ["nothing but that the item exists", { site: "t", equals: {} }, true, false],
      ["an equal version and key attribute", { site: "t", equals: { v: 3, sk: "s" } }, true, false],
    ];

    it.each(cases)("writes on a stored and on an absent item only if it holds: %s", async (_, when, onStored, onAbsent) => {
      const table = await open();
      expect(await codeOf(table.put(item("p", "s", { v: 9 }), { when }))).toBe(onAbsent ? "none" : "QMOI_CONFLICT");
      expect(await table.get(key)).toEqual(onAbsent ? item("p", "s", { v: 9 }) : undefined);
      await table.put(stored);
      expect(await codeOf(table.put(item("p", "s", { v: 9 }), { when }))).toBe(onStored ? "none" : "QMOI_CONFLICT");
      expect(await table.get(key)).toEqual(onStored ? item("p", "s", { v: 9 }) : stored);
    });

    it.each(cases)("deletes a stored and an absent item only if it holds: %s", async (_, when, onStored, onAbsent) => {
      const table = await open();
      expect(await codeOf(table.delete(key, { when }))).toBe(onAbsent ? "none" : "QMOI_CONFLICT");
      await table.put(stored);
      expect(await codeOf(table.delete(key, { when }))).toBe(onStored ? "none" : "QMOI_CONFLICT");
      expect(await table.get(key)).toEqual(onStored ? undefined : stored);
    });

    it("rejects with a ConflictError that names the condition's site and the key", async () => {
      const table = await open();
      const error = await table.put(stored, { when: { site: "claim", v: 1 } }).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(ConflictError);
      expect(error).toMatchObject({ data: { site: "claim" }, path: "p / s" });
    });

    it.each<[string, When]>([
      ["a name that is no identifier", { site: "t", equals: { "a.b": 1 } }],
      ["NaN", { site: "t", equals: { a: Number.NaN } }],
    ])("refuses to compare %s", async (_, when) => {
      const table = await open();
      await table.put(stored);
      expect(await codeOf(table.put(stored, { when }))).toBe("QMOI_INVALID_KEY");
    });

    it("lets exactly one of many parallel creations win", async () => {
      const table = await open();
      const writers = Array.from({ length: 50 }, (_, n) => codeOf(table.put(item("p", "s", { n }), { when: { site: "t", absent: true } })));
      const codes = await Promise.all(writers);
      expect(codes.filter((code) => code === "none")).toHaveLength(1);
      expect(codes.filter((code) => code === "QMOI_CONFLICT")).toHaveLength(49);
      expect((await table.get(key))?.n).toBe(codes.indexOf("none"));
    });

    it("loses no increment of parallel writers that read again after a conflict", async () => {
      const table = await open();
      await table.put(item("p", "s", { v: 0 }));
      const increment = async (): Promise<void> => {
        for (;;) {
          const v = (await table.get(key))?.v ?? Number.NaN;
          const code = await codeOf(table.put(item("p", "s", { v: v + 1 }), { when: { site: "t", v } }));
          if (code === "none") return;
        }
      };
      await Promise.all(Array.from({ length: 10 }, increment));
      expect((await table.get(key))?.v).toBe(10);
    });

    it("rejects only those of many writes whose own condition fails", async () => {
      const table = await open();
      const writes = [
        table.put(item("p", "a"), { when: { site: "t", absent: true } }),
        table.put(item("p", "b"), { when: { site: "t", v: 1 } }),
        table.put(item("p", "c")),
        table.delete({ pk: "p", sk: "d" }, { when: { site: "t", v: 1 } }),
      ];
      expect(await Promise.all(writes.map(codeOf))).toEqual(["none", "QMOI_CONFLICT", "none", "QMOI_CONFLICT"]);
      expect((await table.query({ pk: "p" })).items.map(({ sk }) => sk)).toEqual(["a", "c"]);
    });
  });

  describe("seq and stamp", () => {
    const open = opener(subject);

    it("numbers writes over all keys in their order, or has no numbers at all", async () => {
      const table = await open();
      const seqs: (number | null)[] = [];
      for (const n of [1, 2, 3, 4]) {
        seqs.push((await table.put(item(`p${n % 2}`, "s", { n }))).seq);
        await codeOf(table.put(item("p1", "s"), { when: { site: "t", v: 99 } }));
        await table.delete({ pk: "p1", sk: "s" });
      }
      if (!subject.ordered) expect(seqs).toEqual([null, null, null, null]);
      else expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => Number(a) - Number(b)));
    });

    it("writes the number into the attribute that stamp names, over an earlier value", async () => {
      const table = await open();
      const { seq } = await table.put(item("p", "s", { endSeq: 77, x: 1 }), { stamp: "endSeq" });
      const expected = subject.ordered ? { endSeq: seq, x: 1 } : { endSeq: 77, x: 1 };
      expect(await table.get(key)).toEqual(item("p", "s", expected));
    });
  });
};
