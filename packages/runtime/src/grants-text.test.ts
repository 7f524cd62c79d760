import { grantKey } from "@qmoi/advanced-automation";
import type { Json } from "@qmoi/core";
import { MIGRATIONS, migratedItem } from "@qmoi/master-automation";
import fc from "fast-check";
import { expect, it } from "vitest";
import { grantsOf, grantsText } from "./grants-text.ts";

const grants = fc.uniqueArray(
  fc.record(
    {
      run: fc.stringMatching(/^[0-9a-z]{1,18}$/),
      task: fc.nat(1_000_000),
      attempt: fc.integer({ min: 1, max: 1000 }),
      slots: fc.integer({ min: 1, max: 10_000 }),
      expiry: fc.integer({ min: 1, max: 4e12 }),
      nonce: fc.nat(2 ** 31),
    },
    { requiredKeys: ["run", "task", "attempt", "slots", "expiry"] },
  ),
  { selector: grantKey },
);
/** The same with runs and expiries that repeat, as those of one fold do. */
const alike = grants.map((all) =>
  all.map((grant, n) => ({ ...grant, run: `run${n >> 2}`, expiry: 1_790_000_000_000 + (n >> 1), task: n })),
);

it("grants come back from their text as they were, and in their order", () => {
  fc.assert(
    fc.property(fc.oneof(grants, alike), (all) => {
      expect([...grantsOf(grantsText(all)).values()]).toEqual(all);
    }),
  );
});

it("60 grants of 15 runs fit into a unit of DynamoDB", () => {
  const all = Array.from({ length: 60 }, (_, n) => ({
    run: `01m8356wp9c3fa3${String(100 + (n >> 2))}`,
    task: n,
    attempt: 1,
    slots: 1,
    expiry: 1_790_000_000_000 + 37 * (n >> 2),
  }));
  expect(grantsText(all).length).toBeLessThan(1024 - 64);
});

it("grants of the schema before are read as they are, and as a text once they are brought along", () => {
  const listed = [
    ["run1", 0, 1, 1, 1_790_000_000_000],
    ["run1", 1, 2, 3, 1_790_000_000_000, 7],
  ] as const;
  const text = migratedItem(MIGRATIONS, { pk: "G#p:default", sk: "0", v: 1, g: listed as unknown as Json }, 2).g as string;
  expect(grantsText(grantsOf(listed).values())).toBe(text);
  expect(grantsOf(text)).toEqual(grantsOf(listed));
});
