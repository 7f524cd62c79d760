import { QmoiError, UnavailableError } from "@qmoi/core";

/** The typed error for a failure of the file system; others pass. */
export const fileError = (error: unknown, file: string): unknown => {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const details = { path: file, cause: error };
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
      return new QmoiError("QMOI_STORE_FULL", `The disk is full: ${file}.`, details);
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new QmoiError("QMOI_STORE_READ_ONLY", `No permission to write ${file}.`, details);
    case "EEXIST":
    case "EIO":
    case "EMFILE":
    case "ENFILE":
    case "ENOTDIR":
    case "EISDIR":
    case "ENOENT":
      return new UnavailableError(`The file system failed at ${file}: ${String(code)}.`, details);
    default:
      return error;
  }
};
