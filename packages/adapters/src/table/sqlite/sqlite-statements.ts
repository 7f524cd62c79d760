import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { SqliteCondition } from "./sqlite-condition.ts";

const INDEX_COLUMNS = ["i1p", "i1s", "i2p", "i2s"] as const;

/** Values of the four index columns; undefined for an item that is in no index. */
export type IndexColumns = readonly [string | null, string | null, string | null, string | null] | undefined;

const NO_INDEX = [null, null, null, null] as const;
const COLUMNS = `pk, sk, doc, ${INDEX_COLUMNS.join(", ")}`;
const INSERT = `INSERT INTO items (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)`;
const OVERWRITE = ["doc", ...INDEX_COLUMNS].map((name) => `${name} = excluded.${name}`).join(", ");
const assign = (value: "?" | "NULL"): string => INDEX_COLUMNS.map((name) => `${name} = ${value}`).join(", ");
const UPDATE = `UPDATE items SET doc = ? WHERE pk = ? AND sk = ? AND i1p IS NULL AND i2p IS NULL`;
const UPDATE_OUT_OF_INDEXES = `UPDATE items SET doc = ?, ${assign("NULL")} WHERE pk = ? AND sk = ?`;
const SAME_INDEXES = INDEX_COLUMNS.map((name) => ` AND ${name} IS ?`).join("");
const UPDATE_INDEXED = `UPDATE items SET doc = ?, ${assign("?")} WHERE pk = ? AND sk = ?`;
const UPDATE_IN_PLACE = `UPDATE items SET doc = ? WHERE pk = ? AND sk = ?${SAME_INDEXES}`;
const DELETE = "DELETE FROM items WHERE pk = ? AND sk = ?";

/**
 * Prepared statements for single items. Most items are in no index, so the hot writes bind only what those need.
 */
export class SqliteStatements {
  readonly #db: DatabaseSync;
  readonly #select: StatementSync;
  readonly #insert: StatementSync;
  readonly #insertIndexed: StatementSync;
  readonly #upsert: StatementSync;
  /** By the condition's SQL. */
  readonly #updates = new Map<string, StatementSync>();
  readonly #updatesOutOfIndexes = new Map<string, StatementSync>();
  readonly #updatesIndexed = new Map<string, StatementSync>();
  readonly #updatesInPlace = new Map<string, StatementSync>();
  readonly #deletes = new Map<string, StatementSync>();

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#select = this.prepare("SELECT doc FROM items WHERE pk = ? AND sk = ?");
    this.#insert = this.prepare("INSERT INTO items (pk, sk, doc) VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
    this.#insertIndexed = this.prepare(`${INSERT} ON CONFLICT DO NOTHING`);
    this.#upsert = this.prepare(`${INSERT} ON CONFLICT (pk, sk) DO UPDATE SET ${OVERWRITE}`);
  }

  /** A new statement that gives rows as arrays, which is faster. */
  prepare(sql: string): StatementSync {
    const statement = this.#db.prepare(sql);
    statement.setReturnArrays(true);
    return statement;
  }

  /** The item's JSON text. */
  select(pk: string, sk: string): string | undefined {
    const row = this.#select.get(pk, sk) as unknown as [string] | undefined;
    return row?.[0];
  }

  /** Whether it was written: false if the key is taken. */
  insert(pk: string, sk: string, doc: string, indexes: IndexColumns): boolean {
    const result = indexes === undefined ? this.#insert.run(pk, sk, doc) : this.#insertIndexed.run(pk, sk, doc, ...indexes);
    return result.changes === 1;
  }

  /** Writes whether or not the key is taken. */
  upsert(pk: string, sk: string, doc: string, indexes: IndexColumns): void {
    this.#upsert.run(pk, sk, doc, ...(indexes ?? NO_INDEX));
  }

  /** Whether it was written: false if the item is absent or differs from what the condition expects. */
  update(pk: string, sk: string, doc: string, indexes: IndexColumns, { sql, texts }: SqliteCondition): boolean {
    // What was in no index mostly stays so, and what stays in both mostly stays where it stands in them: finding that out is cheaper than
    // writing the columns, for which SQLite looks at both indexes.
    if (indexes === undefined) {
      if (this.#comparing(this.#updates, UPDATE, sql).run(doc, pk, sk, ...texts).changes === 1) return true;
      return this.#comparing(this.#updatesOutOfIndexes, UPDATE_OUT_OF_INDEXES, sql).run(doc, pk, sk, ...texts).changes === 1;
    }
    const stays = !indexes.includes(null);
    if (stays && this.#comparing(this.#updatesInPlace, UPDATE_IN_PLACE, sql).run(doc, pk, sk, ...indexes, ...texts).changes === 1)
      return true;
    return this.#comparing(this.#updatesIndexed, UPDATE_INDEXED, sql).run(doc, ...indexes, pk, sk, ...texts).changes === 1;
  }

  /** Whether it was deleted: false if the item is absent or differs from what the condition expects. */
  delete(pk: string, sk: string, condition: SqliteCondition | undefined): boolean {
    const { sql, texts } = condition ?? { sql: "", texts: [] };
    return this.#comparing(this.#deletes, DELETE, sql).run(pk, sk, ...texts).changes === 1;
  }

  #comparing(statements: Map<string, StatementSync>, start: string, condition: string): StatementSync {
    let statement = statements.get(condition);
    if (statement === undefined) {
      statement = this.prepare(start + condition);
      statements.set(condition, statement);
    }
    return statement;
  }
}
