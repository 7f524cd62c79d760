import { randomBytes } from "node:crypto";
import { chmodSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { QmoiError } from "@qmoi/core";

const fileOf = (dataDir: string): string => join(dataDir, "token");
const TOKEN = /^[\x21-\x7e]{32,200}$/;

/** The data folder's token; undefined if there is none yet. Throws QMOI_FORBIDDEN if this user may not read it. */
export const readToken = (dataDir: string): string | undefined => {
  try {
    const token = readFileSync(fileOf(dataDir), "utf8").trim();
    return TOKEN.test(token) ? token : undefined;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new QmoiError("QMOI_FORBIDDEN", `The token of the data folder can't be read: ${message}.`, {
      path: fileOf(dataDir),
      remedy: "Run as the user who owns the data folder, or set QMOI_API_KEY.",
      cause,
    });
  }
};

/** Reads the token or creates it, in a file that only this user may read. Only the owner of the lock may call it. */
export const ensureToken = (dataDir: string): string => {
  const known = readToken(dataDir);
  if (known !== undefined) {
    if ((statSync(fileOf(dataDir)).mode & 0o077) !== 0) chmodSync(fileOf(dataDir), 0o600);
    return known;
  }
  const token = `qmoi_${randomBytes(32).toString("base64url")}`;
  const draft = `${fileOf(dataDir)}.new`;
  writeFileSync(draft, `${token}\n`, { mode: 0o600, flush: true });
  renameSync(draft, fileOf(dataDir));
  return token;
};
