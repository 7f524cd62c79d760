import type { IndexQuery, Item, Key, PutOptions, Query, When } from "@qmoi/core";
import fc from "fast-check";

/** One step of a random history: a call, or several calls at once. */
export type Operation =
  | { readonly op: "get"; readonly key: Key }
  | { readonly op: "put"; readonly item: Item; readonly options: PutOptions }
  | { readonly op: "delete"; readonly key: Key; readonly when?: When }
  /** All pages, with a write after the first one. */
  | { readonly op: "query"; readonly query: Query; readonly between?: Operation }
  | { readonly op: "queryIndex"; readonly query: IndexQuery }
  | { readonly op: "scan"; readonly limit: number }
  | { readonly op: "together"; readonly operations: readonly Operation[] };

/** Few enough that keys meet often; beyond the basic plane, where UTF-8 and UTF-16 order differently; some invalid. */
const pk = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom("p", "p2", "ü😀", "x".repeat(2048)) },
  { weight: 1, arbitrary: fc.constantFrom("", "x".repeat(2049), "\ud800") },
);
const validSk = fc.constantFrom("a", "a#1", "a#10", "a#2", "b", "\u0000", "\ud7ff", "\ue000", "\uffff", "😀", "s".repeat(1024));
const sk = fc.oneof({ weight: 20, arbitrary: validSk }, { weight: 1, arbitrary: fc.constantFrom("", "s".repeat(1025), "b\udfff") });
const key = fc.record({ pk, sk });

const number = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double(), fc.constantFrom(-0, 1e-131, 9.99e125, 1e126, 5e-324));
const text = fc.oneof(fc.string({ unit: "binary", maxLength: 10 }), fc.constantFrom("", "x", 'quote " and \\', "\ud800", "__proto__"));
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    text,
    number,
    fc.boolean(),
    fc.constant(null),
    fc.constant(undefined),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(text, tie("value"), { maxKeys: 3 }),
  ),
})).value;

/** Attributes that conditions compare: one name holds values of all types, so that types meet. */
const state = fc.constantFrom<string | number | boolean>("on", "", "ü", "1", 1, 0, 0.1, true, false, "true");
const indexSort = fc.constantFrom("1", "2", "\uffff", "😀", "s".repeat(1024));

const withoutUndefined = <T extends object>(record: T): T =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as T;

const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });

const item = fc
  .record({
    pk,
    sk,
    v: fc.integer({ min: 1, max: 3 }),
    state: optional(state),
    data: json,
    i1p: optional(fc.constantFrom("i", "j")),
    i1s: optional(indexSort),
    i2p: optional(fc.constantFrom("i", "")),
    i2s: optional(indexSort),
    ttl: optional(fc.constant(1)),
    // Around the largest size, counted in bytes.
    big: fc.oneof(
      { weight: 20, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.constantFrom("x".repeat(400_000), "€".repeat(137_000), "x".repeat(410_000)) },
    ),
  })
  .map((record) => record as unknown as Item);

const when = fc.oneof(
  fc.constant<When>({ site: "absent", absent: true }),
  fc.integer({ min: 1, max: 3 }).map((v): When => ({ site: "version", v })),
  fc.integer({ min: 1, max: 4 }).map((below): When => ({ site: "below", below })),
  fc.dictionary(fc.constantFrom("state", "v", "i1p", "none"), state, { maxKeys: 2 }).map((equals): When => ({ site: "equals", equals })),
);

const bounds = fc.oneof(
  fc.record({ from: optional(fc.oneof(validSk, fc.constant(""))), to: optional(fc.oneof(validSk, fc.constant(""))) }),
  fc.record({ prefix: fc.oneof(validSk, fc.constantFrom("", "a#", "zz", "\u{10ffff}")) }),
  fc.constantFrom({ prefix: "a", to: "b" }, { from: "s".repeat(1025) }),
);
const paging = {
  reverse: optional(fc.boolean()),
  limit: fc.oneof(optional(fc.constantFrom(1, 2, 3, 1000)), fc.constantFrom(1, 2, 0, 1001)),
};
const query = fc.tuple(fc.record({ pk, ...paging }), bounds).map(([page, bound]): Query => withoutUndefined({ ...page, ...bound }));
const indexQuery = fc
  .tuple(fc.record({ pk: fc.constantFrom("i", "j", ""), index: fc.constantFrom<1 | 2>(1, 2), ...paging }), bounds)
  .map(([page, bound]): IndexQuery => withoutUndefined({ ...page, ...bound }));

const put = (stamped: boolean): fc.Arbitrary<Operation> =>
  fc
    .record({ item, when: optional(when), stamp: stamped ? optional(fc.constantFrom("seq", "data")) : fc.constant(undefined) })
    .map(({ item: each, ...options }) => ({ op: "put", item: each, options: withoutUndefined(options) }));
const remove: fc.Arbitrary<Operation> = fc
  .record({ key, when: optional(when) })
  .map((record) => withoutUndefined({ op: "delete" as const, ...record }));

/**
 * Operations of all kinds. `ordered` tables also take writes with a stamp, and writes at the same time, whose order they keep.
 */
export const operations = (ordered: boolean): fc.Arbitrary<readonly Operation[]> => {
  const write = fc.oneof({ weight: 4, arbitrary: put(ordered) }, { weight: 1, arbitrary: remove });
  const reads: fc.Arbitrary<Operation>[] = [
    key.map((each) => ({ op: "get", key: each })),
    fc.record({ query, between: optional(write) }).map((record) => withoutUndefined({ op: "query" as const, ...record })),
    indexQuery.map((each) => ({ op: "queryIndex", query: each })),
    fc.constantFrom(1, 3, 1000).map((limit) => ({ op: "scan", limit })),
  ];
  const together = fc.array(write, { minLength: 2, maxLength: 6 }).map((each): Operation => ({ op: "together", operations: each }));
  const one = fc.oneof(
    { weight: 6, arbitrary: write },
    { weight: 4, arbitrary: fc.oneof(...reads) },
    { weight: ordered ? 1 : 0, arbitrary: together },
  );
  return fc.array(one, { minLength: 1, maxLength: 80, size: "max" });
};

/** Each operation once, with success, and a write that is refused: what a few random histories may not meet. */
export const EACH_OPERATION: readonly Operation[] = [
  { op: "put", item: { pk: "p", sk: "a", v: 1, i1p: "i", i1s: "1" }, options: { when: { site: "first", absent: true } } },
  { op: "put", item: { pk: "p", sk: "a", v: 2 }, options: { when: { site: "again", absent: true } } },
  { op: "get", key: { pk: "p", sk: "a" } },
  { op: "query", query: { pk: "p" } },
  { op: "queryIndex", query: { index: 1, pk: "i" } },
  { op: "scan", limit: 3 },
  { op: "delete", key: { pk: "p", sk: "a" }, when: { site: "version", v: 1 } },
];
