import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { sqliteError } from "@qmoi/adapters/sqlite-error";
import { hasCode, QmoiError } from "@qmoi/core";
import { readServerInfo } from "./server-info.ts";

const fileOf = (dataDir: string): string => join(dataDir, "lock.db");
/** Long enough to outwait a look at the lock, short enough for a person. */
const BUSY_MS = 500;

const isBusy = (error: unknown): boolean => (error as { errcode?: number }).errcode === 5;

/**
 * The one owner of a data folder: an exclusive SQLite transaction that is never committed. The kernel gives the lock back when the process
 * dies, however it dies, and no pid is compared, so reuse of one can't mislead. Nothing else may open `lock.db`: closing any descriptor of
 * the file would end the lock.
 */
export class DataLock {
  readonly #db: DatabaseSync;

  private constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Creates the folder if it is missing. Throws QMOI_STORE_LOCKED with the owner's pid and address, QMOI_STORE_READ_ONLY. */
  static acquire(dataDir: string): DataLock {
    const db = open(dataDir);
    try {
      db.exec("BEGIN EXCLUSIVE");
      return new DataLock(db);
    } catch (error) {
      db.close();
      throw isBusy(error) ? lockedError(dataDir) : unusable(dataDir, error);
    }
  }

  /** Whether some process holds the lock now. */
  static isHeld(dataDir: string): boolean {
    if (!existsSync(fileOf(dataDir))) return false;
    const db = new DatabaseSync(fileOf(dataDir), { readOnly: true, timeout: 0 });
    try {
      db.exec("SELECT count(*) FROM sqlite_schema");
      return false;
    } catch (error) {
      if (isBusy(error)) return true;
      throw unusable(dataDir, error);
    } finally {
      db.close();
    }
  }

  release(): void {
    this.#db.close();
  }
}

/** Folder by folder: mkdir's own recursion never ends where a folder can't be made in one that exists, such as /proc. */
const makeFolder = (path: string): void => {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
};

const open = (dataDir: string): DatabaseSync => {
  try {
    makeFolder(dataDir);
    return new DatabaseSync(fileOf(dataDir), { timeout: BUSY_MS });
  } catch (error) {
    throw unusable(dataDir, error);
  }
};

const lockedError = (dataDir: string): QmoiError => {
  const owner = readServerInfo(dataDir);
  const who = owner ? `process ${owner.pid}${owner.url ? ` at ${owner.url}` : ""}` : "another process";
  return new QmoiError("QMOI_STORE_LOCKED", `The data folder ${dataDir} is used by ${who}.`, {
    path: dataDir,
    data: owner ? { pid: owner.pid, url: owner.url ?? null } : {},
  });
};

const unusable = (dataDir: string, cause: unknown): QmoiError => {
  const known = sqliteError(cause, fileOf(dataDir));
  if (hasCode(known, "QMOI_STORE_CORRUPT"))
    return new QmoiError(known.code, known.message, { path: fileOf(dataDir), cause, remedy: "Delete this file: it holds no data." });
  if (known instanceof QmoiError && !hasCode(known, "QMOI_STORE_UNAVAILABLE")) return known;
  return new QmoiError("QMOI_STORE_READ_ONLY", `The data folder ${dataDir} can't be used: ${(cause as Error).message}.`, {
    path: dataDir,
    cause,
  });
};
