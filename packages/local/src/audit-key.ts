import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { keepSecret, readSecretFile, writeSecretFile } from "./secret-file.ts";

const KEY = /^[0-9a-f]{64}$/;

/**
 * The key that links and signs the data folder's audit, created if there is none. Whoever has it can make the audit anew: it lies beside the
 * table, not in it. Only the owner of the lock may call this.
 */
export const ensureAuditKey = (dataDir: string): Uint8Array => {
  const path = join(dataDir, "audit.key");
  const known = readSecretFile(path);
  if (known !== undefined && KEY.test(known)) {
    keepSecret(path);
    return Buffer.from(known, "hex");
  }
  const key = randomBytes(32);
  writeSecretFile(path, key.toString("hex"));
  return key;
};
