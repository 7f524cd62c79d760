import { chmodSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { QmoiError } from "@qmoi/core";

/** Text of a file that only its owner may read, trimmed; undefined if there is none. Throws QMOI_FORBIDDEN if this user may not read it. */
export const readSecretFile = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new QmoiError("QMOI_FORBIDDEN", `The secret file can't be read: ${message}.`, {
      path,
      remedy: "Run as the user who owns the data folder, or set QMOI_API_KEY.",
      cause,
    });
  }
};

/** Readers see the old file or the whole new one, which only this user may read. */
export const writeSecretFile = (path: string, text: string): void => {
  const draft = `${path}.new`;
  writeFileSync(draft, `${text}\n`, { mode: 0o600, flush: true });
  renameSync(draft, path);
};

/** Takes others' rights to the file away, should it have been copied or restored with them. */
export const keepSecret = (path: string): void => {
  if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
};
