import fc from "fast-check";
import { expect, it } from "vitest";
import { latestByName } from "./keep-rows.ts";

it("keeps the latest rows of each name, fairly, within the limit", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 60 }), fc.integer({ min: 3, max: 70 }), (names, limit) => {
      const kept = latestByName(names, limit);
      expect(kept.length).toBeLessThanOrEqual(limit);
      expect(kept).toEqual([...kept].sort((x, y) => x - y));
      if (names.length <= limit) expect(kept).toHaveLength(names.length);
      const share = new Map(["a", "b", "c"].map((name) => [name, kept.filter((row) => names[row] === name)]));
      const most = Math.max(0, ...[...share.values()].map((rows) => rows.length));
      for (const [name, rows] of share) {
        const all = [...names.keys()].filter((row) => names[row] === name);
        expect(rows).toEqual(rows.length === 0 ? [] : all.slice(-rows.length));
        // Whoever has fewer than the most frequent one has all of its rows.
        if (rows.length < most) expect(rows).toHaveLength(all.length);
      }
    }),
  );
});
