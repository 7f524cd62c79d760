import { mkdirSync } from "node:fs";
import { join } from "node:path";
import {
  FolderBlobStore,
  FolderTaskLogs,
  MemoryBlobStore,
  MemoryTable,
  MemoryTaskLogs,
  SqliteTable,
  type SqliteTableOptions,
} from "@qmoi/adapters";
import type { BlobStore, Logger, Table, TaskLogs } from "@qmoi/core";
import { refuseNewerData } from "@qmoi/runtime/commands";

/** Where everything is kept. */
export interface Stores {
  readonly table: Table;
  readonly blobs: BlobStore;
  readonly logs: TaskLogs;
  readonly backups: BlobStore;
}

export const memoryStores = (): Stores => ({
  table: new MemoryTable(),
  blobs: new MemoryBlobStore(),
  logs: new MemoryTaskLogs(),
  backups: new MemoryBlobStore(),
});

export const folderStores = (dataDir: string, logger: Logger, survives: NonNullable<SqliteTableOptions["survives"]>): Stores => {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  return {
    table: SqliteTable.open(join(dataDir, "qmoi.db"), { survives }),
    blobs: new FolderBlobStore(join(dataDir, "blobs")),
    backups: new FolderBlobStore(join(dataDir, "backups", "master_backups")),
    logs: new FolderTaskLogs(join(dataDir, "logs", "tasks"), (error) => logger.log("warn", "captured output not written", { error })),
  };
};

/** Nothing is read of data that a newer version has written. */
export const refuseNewer = async ({ table }: Stores): Promise<void> => {
  try {
    await refuseNewerData({ table });
  } catch (error) {
    await table.close();
    throw error;
  }
};
