import { createHmac, timingSafeEqual } from "node:crypto";
import type { Item, Principal, Role } from "@qmoi/core";

/** Parts of the API that a key may be held to: the first segment of a route's path after its version. */
export const SCOPES = [
  "audit",
  "backups",
  "commands",
  "config",
  "dead-letters",
  "forecast",
  "history",
  "keys",
  "providers",
  "runs",
  "schedules",
  "stats",
  "system",
  "workflows",
] as const;
export type Scope = (typeof SCOPES)[number];

/** A key's text taken apart. The id is no secret. */
export interface KeyText {
  readonly id: string;
  readonly secret: string;
}

const TEXT = /^qmoi_([0-9a-f]{12})_([0-9a-f]{64})$/;

export const parseKey = (text: string): KeyText | undefined => {
  const [, id, secret] = TEXT.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
};

export const keyText = ({ id, secret }: KeyText): string => `qmoi_${id}_${secret}`;

/** A key as it is stored: its secret only as a salted hash. Times in milliseconds since 1970. */
export interface KeyItem extends Item {
  readonly name: string;
  readonly role: Role;
  readonly scopes?: readonly string[];
  readonly salt: string;
  readonly hash: string;
  readonly by: string;
  readonly at: number;
  /** From when it counts no longer. */
  readonly until?: number;
  readonly used?: number;
  readonly rotated?: number;
  readonly revoked?: number;
}

export const KEYS_PK = "KEY";

/** The secret has 256 random bits: one round of a keyed hash is all that guessing needs to meet. */
export const hashSecret = (salt: string, secret: string): string => createHmac("sha256", salt).update(secret).digest("hex");

/** Stands for a key that doesn't exist, so that looking takes the same time. */
const NOBODY = { salt: "0".repeat(32), hash: "0".repeat(64) };

/** Whether the secret is the item's and the key counts at `now`. Compares alike whatever is wrong. */
export const keyAccepts = (item: KeyItem | undefined, secret: string, now: number): boolean => {
  const { salt, hash } = item ?? NOBODY;
  const equal = timingSafeEqual(Buffer.from(hashSecret(salt, secret), "hex"), Buffer.from(hash, "hex"));
  return equal && item !== undefined && isUsable(item, now);
};

export const isUsable = ({ revoked, until }: KeyItem, now: number): boolean =>
  revoked === undefined && (until === undefined || until > now);

export const principalOfKey = ({ sk, role, scopes }: KeyItem): Principal => ({ id: sk, kind: "key", role, ...(scopes ? { scopes } : {}) });
