import type { When } from "@qmoi/core";
import { expectedOf } from "../condition.ts";

/** A condition as the statements take it, taken from the caller's objects when the write is called. */
export interface SqliteCondition {
  readonly when: When;
  /** The key must be free; nothing is compared. */
  readonly absent: boolean;
  /** SQL that compares attributes, with a parameter for each text. */
  readonly sql: string;
  /** JSON text of each value compared: equal values have equal text, and 1 differs from true. */
  readonly texts: readonly string[];
}

/** Throws QMOI_INVALID_KEY for what can't be compared; names are identifiers, so that they can stand in SQL. */
export const sqliteCondition = (when: When | undefined): SqliteCondition | undefined => {
  if (when === undefined) return undefined;
  const expected = expectedOf(when);
  if (expected === undefined) return { when, absent: true, sql: "", texts: [] };
  let sql = "";
  const texts: string[] = [];
  for (const name in expected) {
    sql += ` AND doc -> '$.${name}' = ?`;
    texts.push(JSON.stringify(expected[name]));
  }
  return { when, absent: false, sql, texts };
};
