import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Expected } from "../condition.ts";

const INDEX_COLUMNS = ["i1p", "i1s", "i2p", "i2s"] as const;

/** Values of the four index columns; undefined for an item that is in no index. */
export type IndexColumns = readonly [string | null, string | null, string | null, string | null] | undefined;

/** JSON text of each value that a condition compares: equal values have equal text, and 1 differs from true. */
export type ExpectedTexts = readonly string[];

const conditions = (names: readonly string[]): string => names.map((name) => ` AND doc -> '$.${name}' = ?`).join("");

const NO_INDEX = [null, null, null, null] as const;
const COLUMNS = `pk, sk, doc, ${INDEX_COLUMNS.join(", ")}`;
const INSERT = `INSERT INTO items (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)`;
const OVERWRITE = ["doc", ...INDEX_COLUMNS].map((name) => `${name} = excluded.${name}`).join(", ");
const assign = (value: "?" | "NULL"): string => INDEX_COLUMNS.map((name) => `${name} = ${value}`).join(", ");

/**
 * Prepared statements for single items. Most items are in no index, so the hot writes bind only what those need. `names` are the
 * attributes that a condition compares: checked identifiers.
 */
export class SqliteStatements {
  readonly #db: DatabaseSync;
  readonly #select: StatementSync;
  readonly #insert: StatementSync;
  readonly #insertIndexed: StatementSync;
  readonly #upsert: StatementSync;
  /** By the names compared. */
  readonly #updates = new Map<string, StatementSync>();
  readonly #updatesIndexed = new Map<string, StatementSync>();
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

  /** Whether it was written: false if the item is absent or differs from what was expected. */
  update(pk: string, sk: string, doc: string, indexes: IndexColumns, names: readonly string[], texts: ExpectedTexts): boolean {
    const statements = indexes === undefined ? this.#updates : this.#updatesIndexed;
    const statement = this.#comparing(statements, names, `UPDATE items SET doc = ?, ${assign(indexes === undefined ? "NULL" : "?")}`);
    return statement.run(doc, ...(indexes ?? []), pk, sk, ...texts).changes === 1;
  }

  /** Whether it was deleted: false if the item is absent or differs from what was expected. */
  delete(pk: string, sk: string, names: readonly string[], texts: ExpectedTexts): boolean {
    return this.#comparing(this.#deletes, names, "DELETE FROM items").run(pk, sk, ...texts).changes === 1;
  }

  #comparing(statements: Map<string, StatementSync>, names: readonly string[], start: string): StatementSync {
    const key = names.join();
    let statement = statements.get(key);
    if (statement === undefined) {
      statement = this.prepare(`${start} WHERE pk = ? AND sk = ?${conditions(names)}`);
      statements.set(key, statement);
    }
    return statement;
  }
}

export const expectedTexts = (expected: Expected): ExpectedTexts => Object.values(expected).map((value) => JSON.stringify(value));
