import { type ErrorCode, QmoiError, TooLargeError, UnavailableError } from "@qmoi/core";
import { fileError } from "../../file-error.ts";

/** Primary result codes of SQLite (sqlite.org/rescode.html) that have a code of their own here. */
const CODES: Readonly<Record<number, { code: ErrorCode; message: string }>> = {
  3: { code: "QMOI_STORE_READ_ONLY", message: "The store's file may not be accessed" },
  5: { code: "QMOI_STORE_LOCKED", message: "Another process holds the store's file" },
  6: { code: "QMOI_STORE_LOCKED", message: "Another process holds the store's file" },
  8: { code: "QMOI_STORE_READ_ONLY", message: "The store's file can't be written" },
  11: { code: "QMOI_STORE_CORRUPT", message: "The store's file is damaged" },
  13: { code: "QMOI_STORE_FULL", message: "The disk is full" },
  14: { code: "QMOI_STORE_READ_ONLY", message: "The store's file can't be opened" },
  26: { code: "QMOI_STORE_CORRUPT", message: "The file is not a database" },
};
const TOO_BIG = 18;

/** An error as node:sqlite throws it; `errcode` is SQLite's extended result code. */
interface SqliteFailure {
  readonly errcode: number;
  readonly message: string;
}

const isSqliteFailure = (error: unknown): error is SqliteFailure =>
  typeof error === "object" && error !== null && "errcode" in error && typeof error.errcode === "number";

/** The typed error for what node:sqlite or the file system threw about `file`. QmoiErrors pass; what is neither is a defect and passes too. */
export const sqliteError = (error: unknown, file: string): unknown => {
  if (error instanceof QmoiError) return error;
  const details = { path: file, cause: error };
  if (!isSqliteFailure(error)) return fileError(error, file);
  const primary = error.errcode & 0xff;
  if (primary === TOO_BIG) return new TooLargeError(`SQLite refused a value as too large: ${error.message}.`, details);
  const known = CODES[primary];
  if (known === undefined) return new UnavailableError(`The store failed: ${error.message} (${error.errcode}).`, details);
  return new QmoiError(known.code, `${known.message}: ${file} (${error.message}).`, details);
};
