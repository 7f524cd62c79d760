import type { Item, Table, When } from "@qmoi/core";
import fc from "fast-check";

const sk = fc.constantFrom("a", "b", "c".repeat(600));
const number = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(0, -1, 1e100, 1e-100, 1e300));
const index = fc.record({ p: fc.constantFrom("i", "j".repeat(1500)), s: fc.constantFrom("1", "2", "s".repeat(900)) });
const item = fc
  .record({
    sk,
    v: fc.integer({ min: 1, max: 2 }),
    // Around the borders of one, two and four KB, where a byte too many or too few shows.
    size: fc.oneof(fc.integer({ min: 900, max: 1030 }), fc.integer({ min: 1950, max: 2050 }), fc.integer({ min: 0, max: 9000 })),
    data: fc.oneof(
      number,
      fc.array(number, { maxLength: 5 }),
      fc.dictionary(fc.string({ unit: "grapheme" }), number, { maxKeys: 3 }),
      fc.string({ unit: "binary" }),
    ),
    first: fc.option(index, { nil: undefined }),
    second: fc.option(index, { nil: undefined }),
  })
  .map(({ sk, v, size, data, first, second }): Item => {
    const indexes = { i1p: first?.p, i1s: first?.s, i2p: second?.p, i2s: second?.s };
    return { pk: "p", sk, v, data, x: "y".repeat(size), ...indexes };
  });
const when = fc.option(fc.constantFrom<When>({ site: "t", absent: true }, { site: "t", v: 1 }, { site: "t", equals: { v: 2 } }), {
  nil: undefined,
  freq: 2,
});

/** A call of a table. */
export type Step = (table: Table) => Promise<unknown>;
/** Calls of all kinds on few keys, with sizes around the borders of units. */
export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(item, when).map(
      ([each, condition]): Step =>
        (table) =>
          table.put(each, { when: condition }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(sk, when).map(
      ([key, condition]): Step =>
        (table) =>
          table.delete({ pk: "p", sk: key }, { when: condition }),
    ),
  },
  {
    weight: 1,
    arbitrary: sk.map(
      (key): Step =>
        (table) =>
          table.get({ pk: "p", sk: key }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 1, max: 3 }).map(
      (limit): Step =>
        (table) =>
          table.query({ pk: "p", limit }),
    ),
  },
  {
    weight: 1,
    arbitrary: index.map(
      ({ p }): Step =>
        (table) =>
          table.queryIndex({ index: 1, pk: p }),
    ),
  },
  { weight: 1, arbitrary: fc.constant<Step>((table) => table.scan()) },
);
