import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { keepSecret, readSecretFile, writeSecretFile } from "./secret-file.ts";

const fileOf = (dataDir: string): string => join(dataDir, "token");
const TOKEN = /^[\x21-\x7e]{32,200}$/;

/** The data folder's token; undefined if there is none yet. Throws QMOI_FORBIDDEN if this user may not read it. */
export const readToken = (dataDir: string): string | undefined => {
  const token = readSecretFile(fileOf(dataDir));
  return token !== undefined && TOKEN.test(token) ? token : undefined;
};

/** Reads the token or creates it, in a file that only this user may read. Only the owner of the lock may call it. */
export const ensureToken = (dataDir: string): string => {
  const known = readToken(dataDir);
  if (known !== undefined) {
    keepSecret(fileOf(dataDir));
    return known;
  }
  const token = `qmoi_${randomBytes(32).toString("base64url")}`;
  writeSecretFile(fileOf(dataDir), token);
  return token;
};
