import { type Candidate, type OrderPolicy, scoreOf } from "../order.ts";
import { expectedWork, isUrgent, type PolicyTuning, responseRatio, USUAL_TUNING, weightOf } from "../policies/index.ts";

/** One thing that a run's place in the order goes by. */
export interface ScorePart {
  readonly name: "remaining work" | "weight" | "response ratio" | "deadline" | "age" | "next task";
  readonly value: number;
  /** What the value is, and where it comes from. */
  readonly says: string;
}

/** Where a run stands, and why. The lowest score goes first. */
export interface PriorityScore {
  readonly score: number;
  readonly parts: readonly ScorePart[];
  /** How the policy makes the score of the parts. */
  readonly formula: string;
}

/** A run's score under a policy, taken apart. Pure; `now` in ms. */
export const explainScore = (
  policy: OrderPolicy,
  candidate: Candidate,
  now: number,
  tuning: PolicyTuning = USUAL_TUNING,
): PriorityScore => ({
  score: scoreOf(policy, candidate, now),
  parts: partsOf(policy, candidate, now, tuning),
  formula: FORMULAS[policy.name] ?? "as the policy says",
});

const BY_TASK = "declared priorities of the next task and of what depends on it, times the run's; the larger goes first";
const FORMULAS: Readonly<Record<string, string>> = {
  "workflow-fifo": "highest priority, then earliest deadline, then oldest run",
  "ready-fifo": "the task that became ready first",
  "static-priority": "the run's priority, then the task's, then what became ready first",
  downstream: BY_TASK,
  upstream: "declared priorities of the next task and of what it depends on, times the run's; the larger goes first",
  absolute: "the next task's declared priority, times the run's; the larger goes first",
  "critical-path": "the longest predicted way from the next task to its run's end goes first",
  "least-remaining": "remaining work",
  fast: "remaining work / weight; the least goes first, after runs that are about to miss a deadline",
  fair: "remaining work / (weight × response ratio); the least goes first, after runs that are about to miss a deadline",
};

const partsOf = ({ name }: OrderPolicy, candidate: Candidate, now: number, tuning: PolicyTuning): ScorePart[] => {
  const { demand, ranked, task, slots } = candidate;
  const { work, priority, createdAt, deadlineAt } = demand;
  const waited = Math.max(0, now - createdAt) / 1000;
  const age: ScorePart = { name: "age", value: waited, says: `created ${round(waited)} s ago` };
  const parts: ScorePart[] = [];
  if (name === "least-remaining" || name === "fast" || name === "fair") {
    const value = name === "least-remaining" ? work.remaining : expectedWork(candidate, now);
    const why = value === work.remaining ? "" : `, which ${whyOther(candidate, value)} and counts as ${round(value)}`;
    parts.push({
      name: "remaining work",
      value,
      says: `${round(work.remaining)} slot-seconds left of ${round(work.total)}${why}; ${round(work.predicted)} were predicted before it began`,
    });
  }
  if (name === "fast" || name === "fair")
    parts.push({
      name: "weight",
      value: weightOf(priority, tuning.priorityFactor),
      says: `priority ${priority}; each step counts ${tuning.priorityFactor} times as much, 5 is the usual one`,
    });
  if (name === "fair") {
    const ratio = responseRatio(demand, slots, now);
    parts.push({
      name: "response ratio",
      value: ratio ** tuning.ageing,
      says: `it has been there for ${round(waited)} s and takes ${round(waited / Math.max(1e-9, ratio - 1) || work.path)} s alone${tuning.ageing === 1 ? "" : `, to the power of ${tuning.ageing}`}`,
    });
  }
  if (deadlineAt !== undefined) {
    const left = (deadlineAt - now) / 1000;
    const urgent = (name === "fast" || name === "fair") && isUrgent(candidate, now);
    parts.push({
      name: "deadline",
      value: left,
      says: `${left >= 0 ? `in ${round(left)} s` : `${round(-left)} s ago`}${urgent ? ": it is about to miss it, and goes before all others" : ""}`,
    });
  }
  if (!FORMULAS[name]?.startsWith("remaining work")) {
    parts.push({ name: "next task", value: ranked.priority(task), says: `its declared priority; the run's is ${priority}` });
    parts.push(age);
  }
  return parts;
};

/** Why a run counts as more or less than what its work is predicted to be. */
const whyOther = ({ demand, ranked, task }: Candidate, value: number): string => {
  const { expected } = demand.work;
  if (value < expected) return "was never tried: one task comes first, to tell how long such take,";
  return value > expected
    ? `is late: its first task of a kind runs for more than the predicted ${round(ranked.firstOf?.(task)?.seconds ?? 0)} s`
    : "is unsure";
};

const round = (value: number): string => (value >= 100 ? Math.round(value).toString() : value.toPrecision(3).replace(/\.?0+$/, ""));
