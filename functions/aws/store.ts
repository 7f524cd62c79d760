import { SystemClock, SystemRandom } from "@qmoi/adapters";
import { DynamoTable, type FunctionLogger, functionLogger, S3BlobStore } from "@qmoi/adapters/aws";
import type { BlobStore, LogLevel } from "@qmoi/core";
import type { Ports } from "@qmoi/runtime";
import { type Environment, readEnvironment } from "./environment.ts";

/** What every function is made of, whatever else it does. */
export interface CloudTable extends Pick<Ports, "table" | "clock" | "random"> {
  readonly env: Environment;
  readonly logger: FunctionLogger;
}

export interface CloudStore extends CloudTable {
  readonly blobs: BlobStore;
}

/** Opens no connection: each is opened by its first use. */
export const openTable = (): CloudTable => {
  const env = readEnvironment(process.env);
  return {
    env,
    clock: new SystemClock(),
    table: new DynamoTable({ tableName: env.QMOI_TABLE }),
    random: new SystemRandom(),
    logger: functionLogger(env.QMOI_LOG_LEVEL as LogLevel),
  };
};

/** The same with the bucket. */
export const openStore = (): CloudStore => {
  const opened = openTable();
  return { ...opened, blobs: new S3BlobStore({ bucket: opened.env.QMOI_BLOBS }) };
};
