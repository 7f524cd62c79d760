import { type Failure, type Item, type Json, type JsonObject, type Key, type ResourceUse, sha256, type When } from "@qmoi/core";
import { type Control, NEWEST_SCHEMA, type StoredControl } from "@qmoi/master-automation";
import type { AttemptState, RunState } from "./control-plane.ts";

/** Schema version that this program writes. */
export const SCHEMA_VERSION = NEWEST_SCHEMA;
/** Attempts of this many tasks share a partition. */
export const ATTEMPT_TASKS = 500;
/** Runs that can't grow beyond this keep their frontier in the header. */
export const INLINE_TASKS = 500;
export const ACTIVE_SHARDS = 4;

export const keys = {
  control: { pk: "CTL", sk: "CTL" },
  /** Version of the data's schema. */
  schema: { pk: "SYS", sk: "SCHEMA" },
  header: (run: string) => ({ pk: `R#${run}`, sk: "H" }),
  part: (run: string, part: number) => ({ pk: `R#${run}`, sk: `F#${String(part).padStart(5, "0")}` }),
  attempts: (run: string, task: number) => `R#${run}#${Math.floor(task / ATTEMPT_TASKS)}`,
  attempt: (run: string, task: number, attempt: number) => ({
    pk: `R#${run}#${Math.floor(task / ATTEMPT_TASKS)}`,
    sk: `${String(task).padStart(7, "0")}#${String(attempt).padStart(4, "0")}`,
  }),
  attemptsOfTask: (task: number) => `${String(task).padStart(7, "0")}#`,
  definition: (workflow: string, version: string) => ({ pk: `W#${workflow}`, sk: `V#${version}` }),
  definitionHead: (workflow: string) => ({ pk: "W", sk: workflow }),
  limiter: (name: string, part: number) => ({ pk: `G#${name}`, sk: String(part) }),
  /** Something waits for room under the limiter. */
  demand: (limiter: string) => ({ pk: `D#${limiter}`, sk: "WAITS" }),
  firing: (schedule: string, nominal: number) => ({ pk: `S#${schedule}`, sk: `N#${String(nominal).padStart(15, "0")}` }),
  scheduleCursor: (schedule: string) => ({ pk: `S#${schedule}`, sk: "CURSOR" }),
  statistics: (day: string, type: string) => ({ pk: `STAT#${day}`, sk: type }),
  deadLetter: (day: string, run: string, task: number) => ({ pk: `DL#${day}`, sk: `${run}#${String(task).padStart(7, "0")}` }),
  forecaster: { pk: "FC", sk: "CURRENT" },
  watch: { pk: "FC", sk: "WATCH" },
  budget: (workflow: string) => ({ pk: "B", sk: workflow }),
  provider: (name: string) => ({ pk: "PROVIDER", sk: name }),
  workflowIndex: (workflow: string) => `W#${workflow}`,
  activeIndex: (shard: number) => `A#${shard}`,
} as const;

/** The condition "still as I read it, or still absent". Each site stands once in the source. */
export const unchanged = (site: string, read: { readonly v: number } | undefined): When =>
  read ? { site, v: read.v } : { site, absent: true };

export type ControlMode = Control["mode"];

/** The one control item. Absent: running, epoch 0. */
export interface ControlItem extends Item, StoredControl {
  readonly mode: ControlMode;
  readonly off?: Readonly<Record<string, string>> | readonly string[];
  readonly held?: readonly string[];
  readonly discard?: boolean;
  /** Grows by one with each change of what may start. */
  readonly epoch: number;
  readonly reason?: string;
  readonly who?: string;
  readonly at: number;
  /** Id of the command that wrote it. */
  readonly by?: string;
  /** Whether that was an emergency stop. */
  readonly emergency?: boolean;
  /** Hash of what was asked for, where the command's record may have to be made of this item alone. */
  readonly rq?: string;
  /** The store's sequence number of the write. */
  readonly cs?: number;
}

/** [next attempt, tries, not before (ms)] by task number. */
export type RetryMap = Readonly<Record<string, readonly [number, number, number]>>;

/** A run. Short names: the item is written once a fold and stays under 1 KB while the run is small. */
export interface HeaderItem extends Item {
  readonly wf: string;
  readonly ver: string;
  readonly st: RunState;
  readonly pr: number;
  /** Created, started (state running at last), ended: ms. */
  readonly ca: number;
  readonly sa: number;
  readonly ea?: number;
  /** Inputs, or the blob that holds them. */
  readonly in?: Json;
  readonly inb?: string;
  /** Tasks, instances included. */
  readonly n: number;
  /** Frontier while it lies here (`small`): bits and retries. */
  readonly small: boolean;
  readonly b?: string;
  readonly x?: RetryMap;
  /** forEach expansions: template, offset, count, blob of the list. */
  readonly exp?: readonly (readonly [number, number, number, string])[];
  readonly sch?: string;
  readonly nom?: number;
  readonly why?: string;
  /** Hash of the request that created it, for idempotency. */
  readonly rq?: string;
  /** What it was before a restore paused it: an effect that may happen only once has happened since, and what became of it is not known. */
  readonly pst?: RunState;
  /** Its time is over and its items are being deleted. */
  readonly gone?: boolean;
  /** Failed tasks when it ended. */
  readonly nf?: number;
}

export interface PartItem extends Item {
  /** Number of the run's fold that wrote it. */
  readonly fn: number;
  readonly b: string;
  readonly x?: RetryMap;
}

/** One attempt: created by its claim, ended under its token. */
export interface AttemptItem extends Item {
  readonly s: AttemptState;
  /** Worker, token, lease (ms). */
  readonly w: string;
  readonly tk: string;
  readonly le: number;
  /** Ready, granted, started, ended: ms. */
  readonly ra: number;
  readonly ga: number;
  readonly sa: number;
  readonly ea?: number;
  /** Number of the fold that released it. */
  readonly fo: number;
  /** The store's sequence numbers of claim and end. */
  readonly ss?: number;
  readonly es?: number;
  /** Effect begun (`effect: once`). */
  readonly bg?: boolean;
  readonly f?: Failure & JsonObject;
  readonly o?: Json;
  /** Blob of a large output. */
  readonly ob?: string;
  readonly u?: ResourceUse & JsonObject;
  /** Outcome unknown and not to be guessed. */
  readonly un?: boolean;
}

export interface LimiterItem extends Item {
  /** Live grants, as `grantsText` writes them. */
  readonly g: string;
}

export interface AttemptKey {
  readonly run: string;
  readonly task: number;
  readonly attempt: number;
}

/** Which attempt the item of a key is; undefined for what is none. */
export const attemptOf = ({ pk, sk }: Key): AttemptKey | undefined => {
  const [end, split] = [pk.indexOf("#", 2), sk.indexOf("#")];
  if (!pk.startsWith("R#") || end === -1 || split === -1) return undefined;
  return { run: pk.slice(2, end), task: Number(sk.slice(0, split)), attempt: Number(sk.slice(split + 1)) };
};

/** Where an active run stands in the index of active runs: by priority, then age. */
export const activeKeys = (run: string, priority: number, createdAt: number): { readonly i2p: string; readonly i2s: string } => ({
  i2p: keys.activeIndex(Number.parseInt(sha256(run).slice(0, 8), 16) % ACTIVE_SHARDS),
  i2s: `${String(10 - priority).padStart(2, "0")}#${String(createdAt).padStart(14, "0")}`,
});

/**
 * When an attempt began, in the store's order of writes; where the store has none over all keys, in the run's own order of folds: it began
 * after the fold that released it, and the next fold is the first that could accept its end. So a need's end comes before its child's start.
 * What ended unclaimed (voided, or decided by a person) began with the write that ended it: the two orders must not mix.
 */
export const startSeqOf = (item: AttemptItem): number => item.ss ?? item.es ?? 2 * item.fo + 1;
export const endSeqOf = (item: AttemptItem): number | undefined => (item.ea === undefined ? undefined : (item.es ?? 2 * item.fo + 2));

export const isHeaderKey = (key: { readonly pk: string; readonly sk: string }): boolean => key.sk === "H" && key.pk.startsWith("R#");
export const runOf = (pk: string): string => pk.slice(2);

export const isEnded = (header: { readonly st: string }): boolean =>
  header.st === "succeeded" || header.st === "failed" || header.st === "cancelled";

/** What an ended attempt took. */
export const secondsOf = ({ sa, ea = sa }: AttemptItem): number => Math.max(0, ea - sa) / 1000;
