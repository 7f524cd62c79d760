import type { Key } from "@qmoi/core";

/**
 * What a restore does with items: `replace` makes them as the backup has them and removes the others; `forward` only adds what is absent,
 * since what was recorded once (firings, keys, revocations, audit, commands) is never taken back; `derive` leaves them to be derived again.
 */
export type RestorePolicy = "replace" | "forward" | "derive";

export interface ItemKind {
  readonly kind: string;
  readonly policy: RestorePolicy;
}

const REPLACED: Readonly<Record<string, string>> = { W: "definitions", STAT: "statistics", DL: "deadLetters", SYS: "schema" };
/** Control, restores, failed logins and scheduled backups are of the system that runs; slots are given out anew; documents in force go another way. */
const DERIVED: Readonly<Record<string, string>> = {
  CTL: "control",
  RESTORE: "restores",
  BACKUP: "backups",
  T: "timers",
  D: "demand",
  PROBE: "probes",
  LOGIN: "loginFailures",
  MOD: "modules",
};
const FORWARD: Readonly<Record<string, string>> = { B: "budgets", AUDIT: "audit", CONF: "configuration", PROVIDER: "providers" };

/** What an item is and what becomes of it, by its key. What nobody named here only goes forward: nothing is lost by that. */
export const itemKind = ({ pk, sk }: Key): ItemKind => {
  const [first = "", second = "", third] = pk.split("#");
  if (first === "R") {
    if (third !== undefined) return { kind: "attempts", policy: "replace" };
    return { kind: sk === "H" ? "runs" : "frontiers", policy: "replace" };
  }
  if (first === "G") return second.startsWith("r:") ? { kind: "rates", policy: "forward" } : { kind: "grants", policy: "derive" };
  if (first === "S") return { kind: sk === "CURSOR" ? "schedules" : "firings", policy: "forward" };
  if (pk === "CONF") return { kind: "configuration", policy: "derive" };
  if (REPLACED[first] !== undefined) return { kind: REPLACED[first], policy: "replace" };
  if (DERIVED[first] !== undefined) return { kind: DERIVED[first], policy: "derive" };
  return { kind: FORWARD[first] ?? first.toLowerCase(), policy: "forward" };
};
