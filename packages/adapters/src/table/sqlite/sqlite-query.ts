import type { StatementSync } from "node:sqlite";
import type { IndexEntry, IndexQuery, Item, Page, Query } from "@qmoi/core";
import { encodeCursor } from "../cursor.ts";
import { type Range, rangeOf } from "../range.ts";
import type { SqliteStatements } from "./sqlite-statements.ts";

/** Characters of JSON text after which a page ends, as DynamoDB ends it at 1 MB. */
const PAGE_LENGTH = 1024 * 1024;

/** SQL and bindings for the bounds of a range. `columns` are the sort position: the sort key first. */
const bounds = (range: Range, reverse: boolean, columns: readonly string[]): { sql: string; values: string[] } => {
  const parts: [sql: string, ...values: string[]][] = [];
  const [sort] = columns;
  if (range.from !== undefined) parts.push([`${sort} >= ?`, range.from]);
  if (range.to !== undefined) parts.push([`${sort} <= ?`, range.to]);
  if (range.below !== undefined) parts.push([`${sort} < ?`, range.below]);
  if (range.after !== undefined) {
    parts.push([`(${columns.join()}) ${reverse ? "<" : ">"} (${columns.map(() => "?").join()})`, ...range.after]);
  }
  return { sql: parts.map(([sql]) => ` AND ${sql}`).join(""), values: parts.flatMap(([, ...values]) => values) };
};

/** Queries by key and by index on the main connection; statements are prepared once for each shape. */
export class SqliteQuery {
  readonly #statements: SqliteStatements;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(statements: SqliteStatements) {
    this.#statements = statements;
  }

  items(query: Query): Page<Item> {
    const range = rangeOf(query, 1);
    if (range.empty) return { items: [] };
    const rows = this.#rows("SELECT sk, doc FROM items WHERE pk = ?", query, range, ["sk"]);
    const items: Item[] = [];
    let length = 0;
    for (const row of rows) {
      const [sk, doc] = row as unknown as [string, string];
      items.push(JSON.parse(doc) as Item);
      length += doc.length;
      if (items.length === range.limit || length >= PAGE_LENGTH) return { items, next: encodeCursor([sk]) };
    }
    return { items };
  }

  entries(query: IndexQuery): Page<IndexEntry> {
    const range = rangeOf(query, 3);
    if (range.empty) return { items: [] };
    const [ip, is] = query.index === 1 ? ["i1p", "i1s"] : ["i2p", "i2s"];
    const rows = this.#rows(`SELECT ${is}, pk, sk FROM items WHERE ${ip} = ?`, query, range, [is as string, "pk", "sk"]);
    const items: IndexEntry[] = [];
    for (const row of rows) {
      const position = row as unknown as [string, string, string];
      items.push({ pk: position[1], sk: position[2], ip: query.pk, is: position[0] });
      if (items.length === range.limit) return { items, next: encodeCursor(position) };
    }
    return { items };
  }

  #rows(select: string, query: Query, range: Range, columns: readonly string[]): Iterable<unknown> {
    const reverse = query.reverse === true;
    const { sql, values } = bounds(range, reverse, columns);
    const order = columns.map((column) => (reverse ? `${column} DESC` : column)).join();
    const text = `${select}${sql} ORDER BY ${order} LIMIT ?`;
    let statement = this.#prepared.get(text);
    if (statement === undefined) {
      statement = this.#statements.prepare(text);
      this.#prepared.set(text, statement);
    }
    return statement.iterate(query.pk, ...values, range.limit);
  }
}
