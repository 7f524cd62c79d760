import type { When } from "@qmoi/core";
import { expectedOf } from "../condition.ts";

/** A condition as the statements take it, taken from the caller's objects when the write is called. */
export interface SqliteCondition {
  readonly when: When;
  /** The key must be free; nothing is compared. */
  readonly absent: boolean;
  /** A free key will do, too. */
  readonly orAbsent: boolean;
  /** SQL that compares attributes, with a parameter for each text. */
  readonly sql: string;
  /** JSON text of each value compared: equal values have equal text, and 1 differs from true. */
  readonly texts: readonly string[];
}

const BELOW = " AND CAST(doc -> '$.v' AS NUMERIC) < CAST(? AS NUMERIC)";

/** Throws QMOI_INVALID_KEY for what can't be compared; names are identifiers, so that they can stand in SQL. */
export const sqliteCondition = (when: When | undefined): SqliteCondition | undefined => {
  if (when === undefined) return undefined;
  if ("below" in when) return { when, absent: false, orAbsent: true, sql: BELOW, texts: [JSON.stringify(when.below)] };
  const expected = expectedOf(when);
  if (expected === undefined) return { when, absent: true, orAbsent: false, sql: "", texts: [] };
  const names = Object.keys(expected);
  const texts = names.map((name) => JSON.stringify(expected[name]));
  return { when, absent: false, orAbsent: false, sql: comparing(names), texts };
};

const known = new Map<string, string>();

/** SQL that compares these attributes; there are few combinations, and they come again with each write. */
const comparing = (names: readonly string[]): string => {
  const all = names.join();
  let sql = known.get(all);
  if (sql === undefined) {
    sql = names.map((name) => ` AND doc -> '$.${name}' = ?`).join("");
    known.set(all, sql);
  }
  return sql;
};
