import { latestFirings, nextOccurrence, type Occurrence, type Position } from "./occurrences.ts";
import type { Schedule } from "./schedule.ts";

/** What becomes of firings that were missed: the newest fires, the newest `cap` fire, or none. */
export type MisfirePolicy = "run-once" | "run-all" | "skip";

/**
 * due: in time; catch-up: late, and the policy runs it; missed: late, and the policy is skip; superseded: late, and
 * run-once runs a newer one; over-cap: late, and run-all runs `cap` newer ones; outside-window: late, and older than
 * the catch-up window; nonexistent-time: the clock jumped over the local time.
 */
export type FiringReason = "due" | "catch-up" | "missed" | "superseded" | "over-cap" | "outside-window" | "nonexistent-time";

export interface PlannedFiring {
  readonly nominal: Occurrence;
  /** Unique among the schedule's nominal times: `nominalKey`. */
  readonly key: string;
  readonly decision: "fire" | "skip";
  readonly reason: FiringReason;
}

export interface FiringRequest {
  readonly schedule: Schedule;
  /** The last nominal time with a decision, or an instant before which all have one. */
  readonly lastNominal: Position;
  /** Epoch milliseconds. Keep it the same while going on with one plan, so that the cap holds over its parts. */
  readonly now: number;
  readonly misfire: MisfirePolicy;
  /** Most missed firings that `run-all` runs. */
  readonly cap: number;
  /** Milliseconds after its nominal time within which a missed firing may still run; unlimited otherwise. */
  readonly catchUpWindow?: number;
  /** Milliseconds after its nominal time from which a firing counts as missed. */
  readonly grace?: number;
  /** Most decisions of one call. */
  readonly limit?: number;
}

export interface FiringPlan {
  /** In the order of their nominal times. */
  readonly firings: readonly PlannedFiring[];
  /** The next call's `lastNominal`. */
  readonly position: Position;
  /** Whether more nominal times are waiting for their decision: call again with `position`. */
  readonly more: boolean;
}

/** A tick comes each minute: a nominal time that two of them didn't see was missed. */
const DEFAULT_GRACE = 120_000;
const DEFAULT_LIMIT = 1_000;

/** Key of a nominal time: its instant, and for a skipped one also the local time, since one jump can leave out many. */
export const nominalKey = (nominal: Occurrence): string => {
  const instant = new Date(nominal.at).toISOString();
  return nominal.kind === "fires" ? instant : `${instant}/${nominal.local}`;
};

/** Decides each nominal time after `lastNominal` and up to `now` exactly once. Pure: the same request gives the same plan. */
export const planFirings = (request: FiringRequest): FiringPlan => {
  const { schedule, now, limit = DEFAULT_LIMIT } = request;
  const firstToRun = firstMissedToRun(request);
  const firings: PlannedFiring[] = [];
  let position = request.lastNominal;
  for (;;) {
    const nominal = nextOccurrence(schedule, position);
    if (nominal === undefined || nominal.at > now) break;
    if (firings.length >= limit) return { firings, position, more: true };
    firings.push({ nominal, key: nominalKey(nominal), ...decide(nominal, request, firstToRun) });
    position = nominal;
  }
  const reached = typeof position === "number" ? position : position.at;
  return { firings, position: reached > now ? position : now, more: false };
};

/** The instant from which on missed firings run, by the policy. */
const firstMissedToRun = ({ schedule, lastNominal, now, misfire, cap, grace = DEFAULT_GRACE }: FiringRequest): number => {
  if (misfire === "skip") return Number.POSITIVE_INFINITY;
  // A position inside a jump is before whatever fires at the jump's instant.
  const after = typeof lastNominal === "number" ? lastNominal : lastNominal.kind === "fires" ? lastNominal.at : lastNominal.at - 1;
  const [first] = misfire === "run-once" ? latestFirings(schedule, after, now, 1) : latestFirings(schedule, after, now - grace - 1, cap);
  return first ?? Number.POSITIVE_INFINITY;
};

const decide = (nominal: Occurrence, request: FiringRequest, firstToRun: number): { decision: "fire" | "skip"; reason: FiringReason } => {
  if (nominal.kind === "skipped") return { decision: "skip", reason: "nonexistent-time" };
  const late = request.now - nominal.at;
  if (late <= (request.grace ?? DEFAULT_GRACE)) return { decision: "fire", reason: "due" };
  if (request.misfire === "skip") return { decision: "skip", reason: "missed" };
  if (late > (request.catchUpWindow ?? Number.POSITIVE_INFINITY)) return { decision: "skip", reason: "outside-window" };
  if (nominal.at >= firstToRun) return { decision: "fire", reason: "catch-up" };
  return { decision: "skip", reason: request.misfire === "run-once" ? "superseded" : "over-cap" };
};
