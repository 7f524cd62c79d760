import { QmoiError, type Query } from "@qmoi/core";
import { decodeCursor } from "./cursor.ts";
import { checkKeyPart, MAX_PK_BYTES, MAX_SK_BYTES } from "./keys.ts";
import { compareUtf8, prefixEnd } from "./utf8-order.ts";

const MAX_PAGE = 1000;

/** A query's bounds on the sort key, checked. An absent bound does not bind. */
export interface Range {
  readonly from?: string;
  readonly to?: string;
  /** Exclusive upper bound, from a prefix. */
  readonly below?: string;
  /** Position (sort key first) after which the page begins, in the query's direction. */
  readonly after?: readonly string[];
  readonly limit: number;
  /** Whether no key can lie within the bounds. */
  readonly empty: boolean;
}

/** The page size asked for; throws QMOI_INVALID_INPUT outside 1 to 1000. */
export const pageLimit = (limit = MAX_PAGE): number => {
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_PAGE) return limit;
  throw new QmoiError("QMOI_INVALID_INPUT", `A page holds 1 to ${MAX_PAGE} items, not ${limit}.`, { path: "$.limit" });
};

/** An empty bound binds nothing below it, so it counts as absent. */
const bound = (name: string, value: string | undefined): string | undefined => {
  if (value === undefined || value === "") return undefined;
  checkKeyPart(name, value, MAX_SK_BYTES);
  return value;
};

const within = (range: Omit<Range, "limit" | "empty">, sort: string): boolean =>
  (range.from === undefined || compareUtf8(sort, range.from) >= 0) &&
  (range.to === undefined || compareUtf8(sort, range.to) <= 0) &&
  (range.below === undefined || compareUtf8(sort, range.below) < 0);

/** Checks a query and gives its bounds. `positionLength`: strings in its cursor (1 by key, 3 by index). */
export const rangeOf = (query: Query, positionLength: 1 | 3): Range => {
  checkKeyPart("pk", query.pk, MAX_PK_BYTES);
  const limit = pageLimit(query.limit);
  if (query.prefix !== undefined && (query.from !== undefined || query.to !== undefined)) {
    throw new QmoiError("QMOI_INVALID_INPUT", "A query has either a prefix or bounds.", { path: "$.prefix" });
  }
  const prefix = bound("prefix", query.prefix);
  const bounds = {
    from: prefix ?? bound("from", query.from),
    to: bound("to", query.to),
    below: prefix === undefined ? undefined : prefixEnd(prefix),
  };
  const crossed = bounds.from !== undefined && bounds.to !== undefined && compareUtf8(bounds.from, bounds.to) > 0;
  const after = query.after === undefined ? undefined : decodeCursor(query.after, positionLength);
  if (after?.[0] !== undefined && !within(bounds, after[0])) {
    throw new QmoiError("QMOI_INVALID_INPUT", "The cursor lies outside the query's bounds.", { path: "$.after" });
  }
  return { ...bounds, after, limit, empty: query.to === "" || crossed };
};
