import { createHmac } from "node:crypto";
import { type AuditEvent, canonicalJson, type Json, type Key, sha256 } from "@qmoi/core";
import { redactSecrets } from "./redact.ts";

/** An event in its place of the chain. */
export interface AuditRecord extends AuditEvent {
  /** From 1, without gaps. */
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** `hash` of the record before; empty for the first. */
  readonly prev: string;
  /** Keyed hash (HMAC-SHA-256, base64url) of everything else in the record, and of its block's id. */
  readonly hash: string;
}

/** The last record of a chain, as far as the next one builds on it. */
export interface ChainEnd {
  readonly seq: number;
  readonly hash: string;
}

export const EMPTY_CHAIN: ChainEnd = { seq: 0, hash: "" };

/** Records that were appended by one write. */
export interface AuditBlock extends Key {
  readonly v: 1;
  /** Drawn for this write: tells whether a write without an answer happened. */
  readonly id: string;
  readonly r: readonly AuditRecord[];
}

export const AUDIT_PK = "AUDIT";
export const blockKey = (seq: number): { readonly pk: string; readonly sk: string } => ({
  pk: AUDIT_PK,
  sk: String(seq).padStart(15, "0"),
});

/** Bytes of `before` or `after` above which only their hash is kept. */
const STATE_BYTES = 4096;
const TEXT_CHARACTERS = 1000;

const state = (value: Json): Json => {
  const text = canonicalJson(value);
  return text.length <= STATE_BYTES ? value : { sha256: sha256(text), bytes: Buffer.byteLength(text) };
};

/** The event as it is kept: without secrets, without what is undefined, and small. */
export const cleanEvent = (event: AuditEvent): AuditEvent => {
  const { before, after, ...texts } = event;
  const kept = Object.entries(texts).flatMap(([name, text]) =>
    text === undefined ? [] : [[name, String(text).slice(0, TEXT_CHARACTERS)]],
  );
  return redactSecrets({
    ...Object.fromEntries(kept),
    ...(before === undefined ? {} : { before: state(before) }),
    ...(after === undefined ? {} : { after: state(after) }),
  }) as AuditEvent;
};

/** Keyed hash of a record without its own hash. */
export const recordHash = (key: Uint8Array, block: string, record: Omit<AuditRecord, "hash">): string =>
  createHmac("sha256", key)
    .update(`qmoi audit record\n${block}\n${canonicalJson(record as unknown as Json)}`)
    .digest("base64url");

/** The block that appends `events` to a chain. The events must be clean. */
export const appendBlock = (
  key: Uint8Array,
  end: ChainEnd,
  { id, at, events }: { readonly id: string; readonly at: number; readonly events: readonly AuditEvent[] },
): { readonly block: AuditBlock; readonly end: ChainEnd } => {
  const records: AuditRecord[] = [];
  let { seq, hash } = end;
  for (const event of events) {
    seq++;
    const record = { ...event, seq, at, prev: hash };
    hash = recordHash(key, id, record);
    records.push({ ...record, hash });
  }
  return { block: { ...blockKey(end.seq + 1), v: 1, id, r: records }, end: { seq, hash } };
};
