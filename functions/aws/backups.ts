import { ZstdSegmentCodec } from "@qmoi/adapters";
import { S3BlobStore } from "@qmoi/adapters/aws";
import { onceIn, StoredBackups } from "@qmoi/runtime/backup";
import type { CloudPlane } from "./plane.ts";
import type { CloudSystem } from "./system.ts";
import { VERSION } from "./version.ts";

/** Backups beside the blobs, below a prefix of their own. */
export const openBackups = ({ ports, env, table, definitions }: CloudSystem, { engine, audit, configuration }: CloudPlane): StoredBackups =>
  new StoredBackups({
    ...ports,
    table,
    store: new S3BlobStore({ bucket: env.QMOI_BLOBS, prefix: "backups/" }),
    codec: new ZstdSegmentCodec(),
    audit,
    configuration,
    version: VERSION,
    settings: () => configuration.current().backup,
    halt: () => engine.halt(),
    renew: () => engine.renew(),
    isOnce: onceIn(definitions),
  });
