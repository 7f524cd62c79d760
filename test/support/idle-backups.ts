import { MemoryBlobStore, SystemRandom, ZstdSegmentCodec } from "@qmoi/adapters";
import { loadConfig } from "@qmoi/config/schemas";
import { type Clock, silentLogger, type Table } from "@qmoi/core";
import { StoredBackups } from "@qmoi/runtime/backup";
import { StoredConfiguration } from "@qmoi/runtime/configuration";
import { HastyClock } from "./hasty-clock.ts";

const audit = { append: async () => undefined, later: () => undefined };

/** Backups, kept in `store`, of a table on which no engine works. */
export const idleBackups = async (table: Table, store: MemoryBlobStore, clock: Clock = new HastyClock()): Promise<StoredBackups> => {
  const parts = { table, blobs: new MemoryBlobStore(), clock, audit, logger: silentLogger };
  return new StoredBackups({
    ...parts,
    store,
    codec: new ZstdSegmentCodec(),
    secrets: { get: async () => "" },
    random: new SystemRandom(),
    configuration: await StoredConfiguration.open({ ...parts, readFile: () => undefined }),
    version: "0",
    settings: () => loadConfig(() => undefined).backup,
    halt: async () => undefined,
    renew: async () => undefined,
    isOnce: async () => false,
  });
};
