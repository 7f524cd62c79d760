import { type BlobStore, type Item, type SegmentCodec, type SegmentKey, sha256 } from "@qmoi/core";
import { damaged, type Manifest, type Segment } from "@qmoi/master-automation";

export interface OpenBackup {
  readonly manifest: Manifest;
  readonly key: SegmentKey | undefined;
}

interface ReaderParts {
  readonly store: BlobStore;
  readonly codec: SegmentCodec;
}

/** A segment's lines, once it is as the manifest says. Rejects with QMOI_BACKUP_DAMAGED. */
export const readSegment = async (
  { store, codec }: ReaderParts,
  { manifest, key }: OpenBackup,
  segment: Segment,
): Promise<readonly string[]> => {
  const { name, plainBytes } = segment;
  const sealed = await store.get(name);
  if (!sealed) throw damaged(manifest.id, `${name} is missing`);
  if (sealed.length !== segment.bytes) throw damaged(manifest.id, `${name} has ${sealed.length} bytes instead of ${segment.bytes}`);
  if (sha256(sealed) !== segment.sha256) throw damaged(manifest.id, `${name} was changed`);
  const plain = await codec.open(sealed, { name, maxBytes: plainBytes, ...(key ? { key } : {}) });
  const lines = Buffer.from(plain).toString().split("\n");
  if (lines.pop() !== "" || lines.length !== segment.lines)
    throw damaged(manifest.id, `${name} has ${lines.length} lines instead of ${segment.lines}`);
  return lines;
};

/** Items of a backup in the order in which they were written: a run's header, its frontier, and later its attempts. */
export async function* backupItems(parts: ReaderParts, backup: OpenBackup): AsyncGenerator<readonly Item[]> {
  for (const segment of backup.manifest.segments) {
    if (segment.holds === "items") yield (await readSegment(parts, backup, segment)).map((line) => JSON.parse(line) as Item);
  }
}

export async function* backupBlobs(
  parts: ReaderParts,
  backup: OpenBackup,
): AsyncGenerator<{ readonly key: string; readonly bytes: Uint8Array }> {
  for (const segment of backup.manifest.segments) {
    if (segment.holds !== "blobs") continue;
    for (const line of await readSegment(parts, backup, segment)) {
      const { blob, data } = JSON.parse(line) as { blob: string; data: string };
      yield { key: blob, bytes: Buffer.from(data, "base64") };
    }
  }
}
