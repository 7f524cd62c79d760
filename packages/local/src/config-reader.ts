import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ReadConfigFile } from "@qmoi/config";

/** Reads from the folder given; without one, from nowhere: defaults. */
export const configReader =
  (dir: string | undefined): ReadConfigFile =>
  (file) => {
    const path = dir === undefined ? undefined : join(dir, file);
    return path !== undefined && existsSync(path) ? readFileSync(path, "utf8") : undefined;
  };
