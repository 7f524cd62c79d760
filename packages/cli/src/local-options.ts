import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { SystemClock } from "@qmoi/adapters";
import type { Logger } from "@qmoi/core";
import { type LocalOptions, type LocalSystem, openLocal, type SystemOptions } from "@qmoi/local";
import { type CommonOptions, dataDirOf } from "./cli.ts";
import { VERSION } from "./version.ts";

/** The configuration that QMOI brings. */
const OWN_CONFIG = dirname(fileURLToPath(new URL("../../../config/parallel_processing.json", import.meta.url)));

export const configDirOf = ({ config }: CommonOptions): string => (config === undefined ? OWN_CONFIG : resolve(config));

/** How this command line opens a data folder. */
export const localOptions = (options: CommonOptions, logger?: Logger, more: Partial<SystemOptions> = {}): LocalOptions => ({
  dataDir: dataDirOf(options),
  version: VERSION,
  clock: new SystemClock(),
  open: (log) => openLocal({ dataDir: dataDirOf(options), configDir: configDirOf(options), logger: log, version: VERSION, ...more }),
  ...(logger ? { logger } : {}),
});

/** A system that keeps nothing, to check documents with. */
export const openInMemory = (options: CommonOptions): Promise<LocalSystem> =>
  openLocal({ dataDir: dataDirOf(options), configDir: configDirOf(options), inMemory: true });
