import { createHmac, timingSafeEqual } from "node:crypto";
import { canonicalJson, type Json, type JsonObject, QmoiError, sha256 } from "@qmoi/core";

/** Layout of backups that this version writes. */
export const BACKUP_FORMAT = 1;

export interface Segment {
  readonly name: string;
  /** What its lines are: items, or blobs as key and base64. */
  readonly holds: "items" | "blobs";
  /** Of the file as stored. */
  readonly sha256: string;
  readonly bytes: number;
  readonly plainBytes: number;
  readonly lines: number;
}

/** Says what a backup is: without it there is none. */
export interface Manifest {
  readonly format: number;
  readonly id: string;
  readonly version: string;
  readonly schema: number;
  readonly at: number;
  readonly finishedAt: number;
  readonly cause: "request" | "schedule" | "command" | "restore" | "update";
  readonly who: string;
  readonly reason?: string;
  readonly segments: readonly Segment[];
  readonly counts: Readonly<Record<string, number>>;
  /** Of everything that a restore replaces: how many, and the hash over all of it. */
  readonly replaced: number;
  readonly digest: string;
  /** Highest sequence number of the store that an item bears. */
  readonly maxSeq: number;
  readonly epoch: number;
  /** The end of the audit. */
  readonly audit: { readonly seq: number; readonly hash: string } | null;
  readonly configuration: Readonly<Record<string, { readonly version: number; readonly changed: JsonObject }>>;
  /** Salt of the key; null if it is not encrypted. */
  readonly salt: string | null;
}

const signatureOf = (manifest: Manifest, key: Uint8Array | undefined): string => {
  const text = canonicalJson(manifest as unknown as Json);
  return key ? createHmac("sha256", key).update(text).digest("hex") : sha256(text);
};

/** The manifest's text: with a key it is signed, without one it bears its hash. */
export const writeManifest = (manifest: Manifest, key: Uint8Array | undefined): string =>
  `${JSON.stringify({ ...manifest, signature: signatureOf(manifest, key) }, undefined, 1)}\n`;

/** Reads a manifest without its signature being checked. Throws QMOI_BACKUP_DAMAGED, QMOI_BACKUP_NEWER. */
export const readManifest = (text: string, id: string): { readonly manifest: Manifest; readonly signature: string } => {
  let read: (Manifest & { readonly signature: string }) | undefined;
  try {
    read = JSON.parse(text) as Manifest & { readonly signature: string };
  } catch (cause) {
    throw damaged(id, "its manifest is not JSON", cause);
  }
  const { signature, ...manifest } = read ?? {};
  if (manifest.format !== undefined && manifest.format > BACKUP_FORMAT)
    throw new QmoiError("QMOI_BACKUP_NEWER", `The backup ${id} has format ${manifest.format}; this version reads ${BACKUP_FORMAT}.`);
  if (typeof signature !== "string" || manifest.id !== id || !Array.isArray(manifest.segments) || typeof manifest.digest !== "string")
    throw damaged(id, "its manifest is incomplete");
  return { manifest: manifest as Manifest, signature };
};

/** Throws QMOI_BACKUP_DAMAGED unless the manifest is as it was written. */
export const checkSignature = (manifest: Manifest, signature: string, key: Uint8Array | undefined): void => {
  const own = Buffer.from(signatureOf(manifest, key));
  const given = Buffer.from(signature);
  if (own.length === given.length && timingSafeEqual(own, given)) return;
  if (key) throw new QmoiError("QMOI_BACKUP_KEY", `The key doesn't fit the backup ${manifest.id}, or its manifest was changed.`);
  throw damaged(manifest.id, "its manifest was changed");
};

export const damaged = (id: string, why: string, cause?: unknown): QmoiError =>
  new QmoiError("QMOI_BACKUP_DAMAGED", `The backup ${id} is damaged: ${why}.`, { path: id, cause });
