import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { QmoiError, UnavailableError } from "@qmoi/core";
import { sqliteError } from "./sqlite-error.ts";

/** "QMOI" in ASCII, in the file's header: tells a QMOI store from any other SQLite file. */
const APPLICATION_ID = 0x514d4f49;
const SCHEMA_VERSION = 1;
/** Fewer and fuller pages than with 4 KB (measured; larger ones write more per commit). */
const PAGE_BYTES = 8192;
/**
 * Pages of the log from which on a commit folds the rest of it into the file itself: 4 MB. The thread that does it first can't end a log that
 * grows while it works: one that is written without a pause would grow until the disk is full.
 */
const CHECKPOINT_PAGES = 512;
const CACHE_KB = 64 * 1024;
const LOG_LIMIT_BYTES = 64 * 1024 * 1024;
/** Reading through so much takes less than 0.1 s (measured). */
const ALWAYS_CHECKED_BYTES = 64 * 1024 * 1024;

/**
 * With row ids: rows lie in the order of their writing, so that a commit touches few pages even when its keys are far apart. Rows
 * stored in the order of their keys (WITHOUT ROWID) took twice the CPU time for writes to many runs (measured).
 */
const SCHEMA = `
CREATE TABLE items (
  pk TEXT NOT NULL, sk TEXT NOT NULL, doc TEXT NOT NULL,
  i1p TEXT, i1s TEXT, i2p TEXT, i2s TEXT,
  PRIMARY KEY (pk, sk)
) STRICT;
CREATE INDEX items_1 ON items (i1p, i1s, pk, sk) WHERE i1p IS NOT NULL;
CREATE INDEX items_2 ON items (i2p, i2s, pk, sk) WHERE i2p IS NOT NULL;
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES ('seq', 0), ('clean', 1);
PRAGMA application_id = ${APPLICATION_ID};
PRAGMA user_version = ${SCHEMA_VERSION};`;

export interface SqliteFileOptions {
  /**
   * What confirmed writes survive: the death of the process (SQLite's synchronous NORMAL, the default), or also the loss of
   * power (FULL: an fsync for each turn of the event loop that wrote).
   */
  readonly survives?: "process" | "power";
  /** Milliseconds to wait, blocking, for another process that holds the file. Default 2000. */
  readonly busyTimeoutMs?: number;
  /** Another process owns the file: its structure is not checked, and it is not noted whether it was closed in order. */
  readonly shared?: boolean;
}

export const DEFAULT_BUSY_TIMEOUT_MS = 2000;

const pragma = (db: DatabaseSync, name: string): unknown => Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0];

const isEmpty = (db: DatabaseSync): boolean => db.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined;

const create = (db: DatabaseSync): void => {
  db.exec(`PRAGMA page_size = ${PAGE_BYTES}`);
  useLog(db);
  db.exec(`BEGIN IMMEDIATE;${SCHEMA}COMMIT`);
};

/** Write-ahead log: readers on other connections don't wait for the writer, and a commit appends to one file. */
const useLog = (db: DatabaseSync): void => {
  const mode = pragma(db, "journal_mode = WAL");
  if (mode !== "wal") throw new UnavailableError(`The file system can't hold a write-ahead log (journal mode ${String(mode)}).`);
};

const checkHeader = (db: DatabaseSync, file: string): void => {
  if (pragma(db, "application_id") !== APPLICATION_ID) {
    throw new QmoiError("QMOI_STORE_CORRUPT", `The file is a database, but not a QMOI store: ${file}.`, { path: file });
  }
  const version = Number(pragma(db, "user_version"));
  if (version > SCHEMA_VERSION) {
    throw new QmoiError("QMOI_STORE_NEWER", `The store has schema ${version}; this version of QMOI knows ${SCHEMA_VERSION}: ${file}.`, {
      path: file,
      data: { version, known: SCHEMA_VERSION },
    });
  }
};

/** Better to know of damage before anything is built on it: always in a small file, in a large one after a crash. */
const checkStructure = (db: DatabaseSync, file: string): void => {
  const clean = db.prepare("SELECT value FROM meta WHERE name = 'clean'").get();
  if (clean?.value === 1 && statSync(file).size > ALWAYS_CHECKED_BYTES) return;
  const found = pragma(db, "quick_check(1)");
  if (found !== "ok")
    throw new QmoiError("QMOI_STORE_CORRUPT", `The store's file is damaged: ${file} (${String(found).replaceAll("\n", " ")}).`, {
      path: file,
    });
};

/** On a connection that can't write: closing another one would fold a log into the file, and a damaged file stays as it is. */
const check = (file: string, timeout: number): void => {
  if (!existsSync(file) || statSync(file).size === 0) return;
  const db = new DatabaseSync(file, { readOnly: true, timeout });
  try {
    if (isEmpty(db)) return;
    checkHeader(db, file);
    checkStructure(db, file);
  } finally {
    db.close();
  }
};

const setClean = (db: DatabaseSync, value: 0 | 1): void => {
  db.prepare("UPDATE meta SET value = ? WHERE name = 'clean'").run(value);
};

/**
 * Opens the store's file for writing, creating it and its folder where absent. Throws QMOI_STORE_CORRUPT (damaged, or not a
 * QMOI store), QMOI_STORE_NEWER, QMOI_STORE_READ_ONLY, QMOI_STORE_FULL, QMOI_STORE_LOCKED.
 */
export const openSqliteFile = (file: string, options: SqliteFileOptions = {}): DatabaseSync => {
  let db: DatabaseSync | undefined;
  try {
    mkdirSync(dirname(file), { recursive: true });
    const timeout = options.busyTimeoutMs ?? DEFAULT_BUSY_TIMEOUT_MS;
    if (!options.shared) check(file, timeout);
    db = new DatabaseSync(file, { timeout });
    if (isEmpty(db)) create(db);
    useLog(db);
    db.exec(`PRAGMA synchronous = ${options.survives === "power" ? "FULL" : "NORMAL"}`);
    db.exec(
      `PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}; PRAGMA journal_size_limit = ${LOG_LIMIT_BYTES}; PRAGMA cache_size = -${CACHE_KB}`,
    );
    if (options.shared) checkHeader(db, file);
    else setClean(db, 0);
    return db;
  } catch (error) {
    db?.close();
    throw sqliteError(error, file);
  }
};

/** Bytes of the log before and after, of the file, and of its pages that are free for what is written next. */
export const tidySqliteFile = (db: DatabaseSync, file: string): Readonly<Record<string, number>> => {
  const logBytes = (): number => statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  const logBytesBefore = logBytes();
  db.exec("PRAGMA optimize");
  db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get();
  const freeBytes = Number(pragma(db, "freelist_count")) * Number(pragma(db, "page_size"));
  return { logBytesBefore, logBytesAfter: logBytes(), fileBytes: statSync(file).size, freeBytes };
};

/** Folds the log into the file, notes that it was shut down in order, and closes it. One that another process owns is only closed. */
export const closeSqliteFile = (db: DatabaseSync, shared = false): void => {
  try {
    if (shared) return;
    setClean(db, 1);
    db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  } catch {
    // A full disk or another reader: the next opening reads the log and checks the file, nothing is lost.
  } finally {
    db.close();
  }
};
