import type { Actor, Item, SegmentKey } from "@qmoi/core";
import { BACKUP_FORMAT, comparableText, itemKind, type Manifest, MultisetHash } from "@qmoi/master-automation";
import { schemaVersion } from "../commands/migrate.ts";
import { type ControlItem, keys } from "../items.ts";
import { runId } from "../run-starter.ts";
import type { BackupFiles } from "./backup-files.ts";
import type { BackupParts } from "./backup-parts.ts";
import type { BackupCause, Progress } from "./backups.ts";
import { SegmentWriter } from "./segment-writer.ts";
import { Snapshot } from "./snapshot.ts";

export interface MakeOptions {
  readonly by: Actor;
  readonly cause: BackupCause;
  readonly progress?: Progress;
}

/** Lines between two reports of progress. */
const REPORT = 1000;

/** Makes a backup and reads it again: what this resolves with is whole. Errors: the stores', QMOI_SECRET_MISSING, QMOI_BACKUP_DAMAGED. */
export const makeBackup = async (
  parts: BackupParts,
  files: BackupFiles,
  { by, cause, progress = () => undefined }: MakeOptions,
): Promise<Manifest> => {
  const { clock, random, table, codec, store, settings, version, configuration } = parts;
  await files.clear();
  const at = clock.now();
  const id = runId(at, random.id());
  const salt = settings().encryptionKey === null ? null : random.id();
  const key = salt === null ? undefined : await files.keyFor(salt);
  const control = (await table.get(keys.control)) as ControlItem | undefined;
  const schema = await schemaVersion(parts);
  const documents = Object.fromEntries(
    (await configuration.list()).map(({ document, version: number, changed }) => [
      document,
      { version: number, changed: (changed ?? {}) as object },
    ]),
  ) as Manifest["configuration"];
  const writer = new SegmentWriter({ store, codec, id, key, level: settings().compressionLevel, segmentBytes: settings().segmentBytes });
  const gathered = await gather(parts, writer, progress);
  const { reason } = by;
  const manifest: Manifest = {
    format: BACKUP_FORMAT,
    id,
    version,
    schema,
    at,
    finishedAt: clock.now(),
    cause,
    who: by.who.id,
    ...(reason === undefined ? {} : { reason }),
    segments: writer.segments,
    ...gathered,
    epoch: control?.epoch ?? 0,
    configuration: documents,
    salt,
  };
  await files.write(manifest, key as SegmentKey | undefined);
  await files.verify(id, progress);
  return manifest;
};

type Gathered = Pick<Manifest, "counts" | "replaced" | "digest" | "maxSeq" | "audit">;

const gather = async ({ table, blobs }: BackupParts, writer: SegmentWriter, progress: Progress): Promise<Gathered> => {
  const snapshot = new Snapshot(table, blobs);
  const counts: Record<string, number> = {};
  const replaced = new MultisetHash();
  let maxSeq = 0;
  let audit: Gathered["audit"] = null;
  const count = (kind: string): number => {
    counts[kind] = (counts[kind] ?? 0) + 1;
    return counts[kind];
  };
  const add = async (item: Item): Promise<void> => {
    const { kind, policy } = itemKind(item);
    if (policy === "derive") return;
    if (policy === "replace") replaced.add(comparableText(item));
    if (kind === "audit") audit = auditEnd(item) ?? audit;
    maxSeq = Math.max(maxSeq, Number(item.ss ?? 0), Number(item.es ?? 0));
    if (count(kind) % REPORT === 0) progress({ phase: kind === "attempts" ? "attempts" : "items", done: counts[kind] ?? 0 });
    await writer.add("items", JSON.stringify(item));
  };
  for await (const item of snapshot.items()) await add(item);
  for await (const item of snapshot.attempts()) await add(item);
  await writer.cut("items");
  for await (const { key, bytes } of snapshot.blobs()) {
    if (count("blobs") % REPORT === 0) progress({ phase: "blobs", done: counts.blobs ?? 0 });
    await writer.add("blobs", JSON.stringify({ blob: key, data: Buffer.from(bytes).toString("base64") }));
  }
  await writer.cut("blobs");
  await writer.end();
  return { counts, replaced: replaced.count, digest: replaced.digest, maxSeq, audit };
};

const auditEnd = ({ r }: Item): Gathered["audit"] => {
  const last = (r as readonly { readonly seq: number; readonly hash: string }[] | undefined)?.at(-1);
  return last ? { seq: last.seq, hash: last.hash } : null;
};
