import { SystemClock, SystemRandom } from "@qmoi/adapters";
import { DynamoTable, type FunctionLogger, functionLogger, S3BlobStore } from "@qmoi/adapters/aws";
import type { BlobStore, LogLevel } from "@qmoi/core";
import type { Ports } from "@qmoi/runtime";
import { type Environment, readEnvironment } from "./environment.ts";

/** What every function is made of, whatever else it does. */
export interface CloudStore extends Pick<Ports, "table" | "clock" | "random"> {
  readonly env: Environment;
  readonly blobs: BlobStore;
  readonly logger: FunctionLogger;
}

/** Opens no connection: each is opened by its first use. */
export const openStore = (): CloudStore => {
  const env = readEnvironment(process.env);
  const clock = new SystemClock();
  return {
    env,
    clock,
    table: new DynamoTable({ tableName: env.QMOI_TABLE }),
    blobs: new S3BlobStore({ bucket: env.QMOI_BLOBS }),
    random: new SystemRandom(),
    logger: functionLogger(env.QMOI_LOG_LEVEL as LogLevel),
  };
};
