import type { ReadConfigFile } from "@qmoi/config";
import type { Audit, BlobStore, Clock, Logger, Table } from "@qmoi/core";

/** What the configuration touches of the world. */
export interface ConfigurationParts {
  readonly table: Table;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly logger: Logger;
  readonly readFile: ReadConfigFile;
}
