import { ZstdSegmentCodec } from "@qmoi/adapters";
import { AwsSecrets, S3BlobStore } from "@qmoi/adapters/aws";
import { onceIn, StoredBackups } from "@qmoi/runtime/backup";
import type { CloudPlane } from "./plane.ts";
import type { CloudSystem } from "./system.ts";
import { VERSION } from "./version.ts";

/** Backups in a bucket of their own, which holds nothing else. */
export const openBackups = ({ ports, env, table }: CloudSystem, { definitions, engine, audit, configuration }: CloudPlane): StoredBackups =>
  new StoredBackups({
    ...ports,
    table,
    store: new S3BlobStore({ bucket: env.QMOI_BACKUPS }),
    secrets: new AwsSecrets(),
    codec: new ZstdSegmentCodec(),
    audit,
    configuration,
    version: VERSION,
    settings: () => configuration.current().backup,
    halt: () => engine.halt(),
    renew: () => engine.renew(),
    isOnce: onceIn(definitions),
  });
