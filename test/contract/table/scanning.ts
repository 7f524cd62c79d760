import { describe, expect, it } from "vitest";
import { codeOf, item, opener, type Subject, scanAll } from "./subject.ts";

/** Reading the whole table. */
export const scanContract = (subject: Subject): void => {
  describe("scan", () => {
    const open = opener(subject);
    const names = (items: readonly { pk: string; sk: string }[]): string[] => items.map(({ pk, sk }) => `${pk} ${sk}`).sort();
    const many = Array.from({ length: 40 }, (_, n) => item(`p${n % 7}`, `s${n}`, { n, text: "ü😀" }));

    it("gives every item once, page by page", async () => {
      const table = await open();
      await Promise.all(many.map((each) => table.put(each)));
      for (const limit of [undefined, 1, 7, 40]) expect(names(await scanAll(table, { limit }))).toEqual(names(many));
      const found = await scanAll(table);
      expect(found.find(({ n }) => n === 5)).toEqual(many[5]);
    });

    it("is empty for an empty table", async () => {
      const table = await open();
      expect(await table.scan()).toEqual({ items: [] });
    });

    it("gives what stays exactly once while other items come and go", async () => {
      const table = await open();
      await Promise.all(many.map((each) => table.put(each)));
      const seen: string[] = [];
      let after: string | undefined;
      let round = 0;
      do {
        const page = await table.scan({ limit: 3, after });
        seen.push(...names(page.items.filter(({ n }) => n !== undefined)));
        await table.put(item(`p${round % 9}`, `new${round}`));
        if (round > 1) await table.delete({ pk: `p${(round - 2) % 9}`, sk: `new${round - 2}` });
        after = page.next;
        round++;
      } while (after !== undefined);
      expect(seen.sort()).toEqual(names(many));
    });

    it("pages through more than fits in one page", async () => {
      const table = await open();
      const big = Array.from({ length: 12 }, (_, n) => item(`p${n}`, "s", { x: "y".repeat(200_000) }));
      for (const each of big) await table.put(each);
      expect(names(await scanAll(table))).toEqual(names(big));
    });

    it("refuses a limit out of range and a cursor that it did not give", async () => {
      const table = await open();
      expect(await codeOf(table.scan({ limit: 0 }))).toBe("QMOI_INVALID_INPUT");
      expect(await codeOf(table.scan({ limit: 1001 }))).toBe("QMOI_INVALID_INPUT");
      expect(await codeOf(table.scan({ after: "nonsense" }))).toBe("QMOI_INVALID_INPUT");
    });
  });
};
