import { hasCode, NotFoundError, QmoiError, type SegmentKey, sha256 } from "@qmoi/core";
import { checkSignature, type Manifest, readManifest, writeManifest } from "@qmoi/master-automation";
import { SCHEMA_VERSION } from "../items.ts";
import type { BackupParts } from "./backup-parts.ts";
import type { BackupDetail, Progress } from "./backups.ts";
import { type OpenBackup, readSegment } from "./segment-reader.ts";

const MANIFESTS = "manifests/";

/** No backup takes so long. */
const CUT_OFF_MS = 86_400_000;

type FileParts = Pick<BackupParts, "store" | "codec" | "secrets" | "settings" | "clock">;

/** Backups as they lie in their store: a manifest each, and segments. */
export class BackupFiles {
  readonly #parts: FileParts;

  constructor(parts: FileParts) {
    this.#parts = parts;
  }

  /** The key that new backups are made with; undefined for none. Rejects with QMOI_SECRET_MISSING. */
  async keyFor(salt: string): Promise<SegmentKey | undefined> {
    const { settings, secrets, codec } = this.#parts;
    const reference = settings().encryptionKey;
    return reference === null ? undefined : codec.deriveKey(await secrets.get(reference), salt);
  }

  async write(manifest: Manifest, key: SegmentKey | undefined): Promise<void> {
    await this.#parts.store.put(`${MANIFESTS}${manifest.id}.json`, Buffer.from(writeManifest(manifest, key?.sign)));
  }

  /** Ids of all backups, oldest first: an id begins with the time. */
  async ids(): Promise<readonly string[]> {
    const found: string[] = [];
    for (let after: string | undefined; ; ) {
      const page = await this.#parts.store.list(MANIFESTS, { limit: 1000, ...(after === undefined ? {} : { after }) });
      for (const { key } of page) found.push(key.slice(MANIFESTS.length, -".json".length));
      if (page.length < 1000) return found;
      after = page.at(-1)?.key;
    }
  }

  /** Without asking whether it is whole: for lists. Errors: QMOI_NOT_FOUND, QMOI_BACKUP_DAMAGED, QMOI_BACKUP_NEWER. */
  async detail(id: string): Promise<BackupDetail> {
    const { text, manifest } = await this.#read(id);
    const { segments, counts, salt, reason } = manifest;
    const sum = (of: (segment: Manifest["segments"][number]) => number): number => segments.reduce((all, one) => all + of(one), 0);
    return {
      id,
      at: manifest.at,
      finishedAt: manifest.finishedAt,
      cause: manifest.cause,
      who: manifest.who,
      ...(reason === undefined ? {} : { reason }),
      schema: manifest.schema,
      encrypted: salt !== null,
      bytes: sum(({ bytes }) => bytes),
      items: sum(({ lines }) => lines),
      version: manifest.version,
      plainBytes: sum(({ plainBytes }) => plainBytes),
      counts,
      segments: segments.length,
      sha256: sha256(text),
      configuration: Object.fromEntries(Object.entries(manifest.configuration).map(([name, { version }]) => [name, version])),
    };
  }

  /** Opens a backup whose manifest is as it was written. Errors: also QMOI_BACKUP_KEY. */
  async open(id: string): Promise<OpenBackup> {
    const { manifest, signature } = await this.#read(id);
    if (manifest.schema > SCHEMA_VERSION)
      throw new QmoiError("QMOI_BACKUP_NEWER", `The backup ${id} has schema ${manifest.schema}; this version knows ${SCHEMA_VERSION}.`);
    const key = manifest.salt === null ? undefined : await this.#keyOf(manifest, manifest.salt);
    checkSignature(manifest, signature, key?.sign);
    return { manifest, key };
  }

  /** Reads all of it. */
  async verify(id: string, progress: Progress = () => undefined): Promise<OpenBackup> {
    const backup = await this.open(id);
    const total = backup.manifest.segments.length;
    for (const [done, segment] of backup.manifest.segments.entries()) {
      progress({ phase: "verify", done, total });
      await readSegment(this.#parts, backup, segment);
    }
    return backup;
  }

  /** The manifest first: what is left after a crash is no backup, and the next one clears it away. */
  async delete(id: string): Promise<void> {
    const { store } = this.#parts;
    await store.delete(`${MANIFESTS}${id}.json`);
    for (const { key } of await store.list(`segments/${id}/`)) await store.delete(key);
  }

  /** Deletes old segments that no manifest names: of backups that were cut off. Newer ones may be of a backup that is being made. */
  async clear(): Promise<void> {
    const { store, clock } = this.#parts;
    const old = clock.now() - CUT_OFF_MS;
    const known = new Set(await this.ids());
    for (let after: string | undefined; ; ) {
      const page = await store.list("segments/", { limit: 1000, ...(after === undefined ? {} : { after }) });
      for (const { key, at } of page) if (at < old && !known.has(key.split("/")[1] as string)) await store.delete(key);
      if (page.length < 1000) return;
      after = page.at(-1)?.key;
    }
  }

  async #read(id: string): Promise<{ readonly text: string; readonly manifest: Manifest; readonly signature: string }> {
    const bytes = /^[0-9a-z]{1,40}$/.test(id) ? await this.#parts.store.get(`${MANIFESTS}${id}.json`) : undefined;
    if (!bytes) throw new NotFoundError(`There is no backup "${id.slice(0, 100)}".`, { remedy: "List them with `qmoi backup list`." });
    const text = Buffer.from(bytes).toString();
    return { text, ...readManifest(text, id) };
  }

  async #keyOf({ id }: Manifest, salt: string): Promise<SegmentKey> {
    try {
      const key = await this.keyFor(salt);
      if (key) return key;
    } catch (error) {
      if (!hasCode(error, "QMOI_SECRET_MISSING")) throw error;
      throw new QmoiError("QMOI_BACKUP_KEY", `The backup ${id} is encrypted, and its key is missing: ${error.message}`, { cause: error });
    }
    throw new QmoiError("QMOI_BACKUP_KEY", `The backup ${id} is encrypted, and no key is configured.`);
  }
}
