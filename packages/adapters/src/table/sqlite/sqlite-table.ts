import type { DatabaseSync } from "node:sqlite";
import {
  type IndexEntry,
  type IndexQuery,
  type Item,
  type Key,
  type Page,
  type PutOptions,
  type Query,
  type ScanRequest,
  type SubscribeOptions,
  type Table,
  UnavailableError,
  type When,
  type Written,
} from "@qmoi/core";
import { ChangeFeed, type ChangeHandler } from "../change-feed.ts";
import { decodeCursor } from "../cursor.ts";
import { checkItemBytes } from "../item-bytes.ts";
import { checkItemKeys, checkKey, indexKey } from "../keys.ts";
import { pageLimit } from "../range.ts";
import { SqliteCheckpointer } from "./sqlite-checkpointer.ts";
import { sqliteCondition } from "./sqlite-condition.ts";
import { sqliteError } from "./sqlite-error.ts";
import { closeSqliteFile, DEFAULT_BUSY_TIMEOUT_MS, openSqliteFile, type SqliteFileOptions, tidySqliteFile } from "./sqlite-file.ts";
import { SqliteQuery } from "./sqlite-query.ts";
import { SqliteScanner } from "./sqlite-scanner.ts";
import { type IndexColumns, SqliteStatements } from "./sqlite-statements.ts";
import { SqliteWriter } from "./sqlite-writer.ts";

export type SqliteTableOptions = SqliteFileOptions;

/** Characters of JSON text in a page of a scan: the event loop parses them in about a millisecond. */
const SCAN_PAGE_LENGTH = 256 * 1024;

/**
 * The table in one SQLite file, for one process. Writes are committed together once a turn of the event loop, each under its
 * own condition, and resolve after the commit. Beyond the port's errors, an operation can fail with QMOI_STORE_FULL,
 * QMOI_STORE_READ_ONLY, QMOI_STORE_LOCKED (nothing written in any of them) or QMOI_STORE_CORRUPT.
 */
export class SqliteTable implements Table {
  readonly #file: string;
  readonly #db: DatabaseSync;
  readonly #shared: boolean;
  readonly #statements: SqliteStatements;
  readonly #query: SqliteQuery;
  readonly #feed = new ChangeFeed();
  readonly #writer: SqliteWriter;
  readonly #scanner: SqliteScanner;
  readonly #checkpointer: SqliteCheckpointer;
  #closed = false;

  private constructor(file: string, db: DatabaseSync, { busyTimeoutMs = DEFAULT_BUSY_TIMEOUT_MS, shared = false }: SqliteTableOptions) {
    this.#file = file;
    this.#db = db;
    this.#shared = shared;
    this.#statements = new SqliteStatements(db);
    this.#query = new SqliteQuery(this.#statements);
    this.#checkpointer = new SqliteCheckpointer(file);
    this.#writer = new SqliteWriter(db, file, this.#statements, this.#feed, (writes) => this.#checkpointer.committed(writes));
    this.#scanner = new SqliteScanner({ file, busyTimeoutMs, pageLength: SCAN_PAGE_LENGTH });
  }

  /**
   * Opens the store, creating the file and its folder where absent; checks the file's structure if it was not closed in order.
   * Throws QMOI_STORE_CORRUPT, QMOI_STORE_NEWER, QMOI_STORE_READ_ONLY, QMOI_STORE_FULL or QMOI_STORE_LOCKED.
   */
  static open(file: string, options: SqliteTableOptions = {}): SqliteTable {
    return new SqliteTable(file, openSqliteFile(file, options), options);
  }

  async get(key: Key): Promise<Item | undefined> {
    checkKey(key);
    const doc = this.#read(() => this.#statements.select(key.pk, key.sk));
    return doc === undefined ? undefined : (JSON.parse(doc) as Item);
  }

  put(item: Item, options: PutOptions = {}): Promise<Written> {
    // What throws in a promise's executor rejects the promise; an async function around it would cost two more turns of its queue.
    return new Promise((resolve, reject) => {
      this.#checkOpen();
      checkItemKeys(item);
      const { stamp, when } = options;
      const doc = JSON.stringify(stamp !== undefined && stamp in item ? { ...item, [stamp]: undefined } : item);
      checkItemBytes(item, doc.length);
      const { pk, sk, v } = item;
      this.#writer.push({ pk, sk, v, doc, indexes: indexColumns(item), stamp, condition: sqliteCondition(when), resolve, reject });
    });
  }

  delete(key: Key, options: { readonly when?: When } = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#checkOpen();
      checkKey(key);
      const condition = sqliteCondition(options.when);
      const { pk, sk } = key;
      const nothing = { v: undefined, doc: undefined, indexes: undefined, stamp: undefined };
      this.#writer.push({ pk, sk, ...nothing, condition, resolve: () => resolve(), reject });
    });
  }

  async query(query: Query): Promise<Page<Item>> {
    return this.#read(() => this.#query.items(query));
  }

  async queryIndex(query: IndexQuery): Promise<Page<IndexEntry>> {
    return this.#read(() => this.#query.entries(query));
  }

  async scan(request: ScanRequest = {}): Promise<Page<Item>> {
    this.#checkOpen();
    const [pk = "", sk = ""] = request.after === undefined ? [] : decodeCursor(request.after, 2);
    return this.#scanner.page([pk, sk], pageLimit(request.limit));
  }

  async subscribe(handler: ChangeHandler, options?: SubscribeOptions): Promise<() => Promise<void>> {
    this.#checkOpen();
    return this.#feed.subscribe(handler, options);
  }

  async raiseSeq(least: number): Promise<void> {
    this.#read(() => this.#writer.raiseSeq(least));
  }

  /** Folds the log into the file, and has SQLite look at its statistics where queries want it. */
  async tidy(): Promise<Readonly<Record<string, number>>> {
    return this.#read(() => {
      this.#writer.flush();
      return tidySqliteFile(this.#db, this.#file);
    });
  }

  /** Commits what is queued, ends the subscriptions and closes the file. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#writer.close();
    await this.#feed.close();
    await this.#scanner.close();
    await this.#checkpointer.close();
    closeSqliteFile(this.#db, this.#shared);
  }

  #read<T>(read: () => T): T {
    this.#checkOpen();
    try {
      return read();
    } catch (error) {
      throw sqliteError(error, this.#file);
    }
  }

  #checkOpen(): void {
    if (this.#closed) throw new UnavailableError("The table is closed.", { path: this.#file });
  }
}

const indexColumns = (item: Item): IndexColumns => {
  const first = indexKey(item, 1);
  const second = indexKey(item, 2);
  if (first === undefined && second === undefined) return undefined;
  return [first?.ip ?? null, first?.is ?? null, second?.ip ?? null, second?.is ?? null];
};
