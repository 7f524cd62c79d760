import type { BackupOptimizationConfig } from "@qmoi/config";
import type { Audit, BlobStore, Clock, Logger, Random, Secrets, SegmentCodec, Table } from "@qmoi/core";
import type { Configuration } from "../configuration/configuration.ts";
import type { StoredConfiguration } from "../configuration/stored-configuration.ts";

/** What backups touch of the world. */
export interface BackupParts {
  readonly table: Table;
  /** Blobs that items name. */
  readonly blobs: BlobStore;
  /** Where backups lie. */
  readonly store: BlobStore;
  readonly codec: SegmentCodec;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly random: Random;
  readonly audit: Audit;
  readonly configuration: Pick<Configuration, "list"> & Pick<StoredConfiguration, "restore">;
  readonly logger: Logger;
  /** Of QMOI. */
  readonly version: string;
  readonly settings: () => BackupOptimizationConfig;
  /** Lets go of everything, so that what is stored can be replaced; and takes up what is stored then. */
  readonly halt: () => Promise<void>;
  readonly renew: () => Promise<void>;
  /** Whether an effect of the task may happen only once, by the run's version and the task's number. */
  readonly isOnce: (version: string, expansions: Expansions, task: number) => Promise<boolean>;
}

/** A run's forEach expansions, as its header keeps them. */
export type Expansions = readonly (readonly [number, number, number, string])[] | undefined;
