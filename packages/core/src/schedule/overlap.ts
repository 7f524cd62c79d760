/** What a firing does while an earlier run of the same schedule is not over. */
export type OverlapPolicy = "skip" | "queue-one" | "queue-all" | "cancel-running" | "allow";

export interface OverlapState {
  readonly policy: OverlapPolicy;
  /** Runs of this schedule that have begun and not ended. */
  readonly running: number;
  /** Its runs that wait for those to end. */
  readonly queued: number;
}

/** start: begin now; queue: begin once the runs before it have ended; skip: record why not; cancel-and-start: cancel what runs or waits, and begin. */
export interface OverlapDecision {
  readonly action: "start" | "queue" | "skip" | "cancel-and-start";
  readonly reason: "free" | "allowed" | "running" | "queue-full" | "replaces-running";
}

/**
 * Decides for one firing. `queue-one` keeps the firing that waits already and skips the new one (as Temporal's
 * BufferOne does); a queue is served in order, so a new firing never overtakes one that waits.
 */
export const decideOverlap = ({ policy, running, queued }: OverlapState): OverlapDecision => {
  if (policy === "allow") return { action: "start", reason: "allowed" };
  if (running === 0 && queued === 0) return { action: "start", reason: "free" };
  if (policy === "skip") return { action: "skip", reason: "running" };
  if (policy === "cancel-running") return { action: "cancel-and-start", reason: "replaces-running" };
  if (policy === "queue-one" && queued > 0) return { action: "skip", reason: "queue-full" };
  return { action: "queue", reason: "running" };
};
