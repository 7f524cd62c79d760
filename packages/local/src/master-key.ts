import { join } from "node:path";
import { type Audit, LOCAL } from "@qmoi/core";
import { keyText, parseKey } from "@qmoi/master-automation/key";
import type { Keys } from "@qmoi/runtime";
import { keepSecret, readSecretFile, writeSecretFile } from "./secret-file.ts";

const fileOf = (dataDir: string): string => join(dataDir, "token");

/** The data folder's key, which the command line takes; undefined if there is none yet. Throws QMOI_FORBIDDEN if this user may not read it. */
export const readMasterKey = (dataDir: string): string | undefined => {
  const text = readSecretFile(fileOf(dataDir));
  return text !== undefined && parseKey(text) ? text : undefined;
};

/**
 * Reads the data folder's key or creates it, with the role master, in a file that only this user may read; a key that was revoked is
 * replaced. Follows its rotations. Only the owner of the lock may call it. Returns how to ask for it.
 */
export const openMasterKey = async (dataDir: string, keys: Keys, audit: Audit): Promise<() => string> => {
  let text = readMasterKey(dataDir);
  const usable = text !== undefined && (await isUsable(keys, text));
  if (text === undefined || !usable) text = keyText(keys.draw());
  if (usable) keepSecret(fileOf(dataDir));
  // In this order a crash in between leaves a file whose key is made now, never a key that nobody has.
  else writeSecretFile(fileOf(dataDir), text);
  const created = await keys.adopt(text, { name: "master key of the data folder", role: "master" }, LOCAL.id);
  if (created) audit.later({ action: "key.create", subject: created.id, who: LOCAL.id, outcome: "done", after: { role: "master" } });
  let current = text;
  keys.onRotated((id, rotated) => {
    if (id !== parseKey(current)?.id) return;
    writeSecretFile(fileOf(dataDir), rotated);
    current = rotated;
  });
  return () => current;
};

/** Whether the key counts, or is none yet because a crash came before it was made. */
const isUsable = async (keys: Keys, text: string): Promise<boolean> => {
  if (await keys.check(text)) return true;
  return keys.key(parseKey(text)?.id ?? "").then(
    () => false,
    () => true,
  );
};
