import { spawnSync } from "node:child_process";
import { chmodSync, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Takes from root what lets it pass over file modes. */
const SETPRIV = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--"] as const;

const isRoot = process.getuid?.() === 0;

/** What to put before a command so that the modes of files bind it: nothing, except for root. */
export const boundByModes: readonly string[] = isRoot ? SETPRIV : [];

/** Why modes bind no command here; undefined where they do. */
export const missingModes: string | undefined =
  isRoot && spawnSync(SETPRIV[0], [...SETPRIV.slice(1), "true"], { stdio: "ignore" }).status !== 0
    ? "the tests run as root, which file modes don't bind, and setpriv can't take that from it"
    : undefined;

/** Takes write permission on a folder and all in it from everybody, or gives it back to the owner. */
export const setWritable = (path: string, writable: boolean): void => {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return;
  const mode = stat.mode & 0o777;
  if (stat.isDirectory()) {
    if (writable) chmodSync(path, mode | 0o200);
    for (const name of readdirSync(path)) setWritable(join(path, name), writable);
  }
  chmodSync(path, writable ? mode | 0o200 : mode & ~0o222);
};
