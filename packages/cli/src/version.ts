import { readFileSync } from "node:fs";

/** The version that is installed now: an update under a running process changes it. */
export const installedVersion = (): string => JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8")).version;

/** QMOI's version, as its package said when this process started. */
export const VERSION: string = installedVersion();
