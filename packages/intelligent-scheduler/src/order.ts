/** What the scheduler predicts of a run; it changes as the run's tasks end. */
export interface PredictedWork {
  /** Slot-seconds of the whole run as predicted before it began. */
  readonly predicted: number;
  /** Slot-seconds still to be done, running tasks included. */
  readonly remaining: number;
  /** The same as the mean of what it may come to, where `remaining` is the middle: the more, the less sure it is. */
  readonly expected: number;
  /** Slot-seconds of the whole run as known by now: what has been done, and what remains. */
  readonly total: number;
  /** Seconds that the run takes at least, from its first task to its last, however many slots it gets. */
  readonly path: number;
}

/** A kind of tasks of which none has ended in the run yet. */
export interface FirstOfKind {
  /** Nothing like it has ended before, in any run. */
  readonly untried: boolean;
  /** What its first task is predicted to take. */
  readonly seconds: number;
  /** Since when the first one runs (ms); absent while none does. */
  readonly since?: number;
  /** What of the run's `expected` is the kind's: computed when asked, since only a late task needs it. */
  readonly expected: () => number;
}

/** What the order across runs looks at. Times in ms. */
export interface Demand {
  readonly run: string;
  readonly workflow: string;
  /** 1 (last) to 10 (first). */
  readonly priority: number;
  readonly createdAt: number;
  /** When the run should have ended. */
  readonly deadlineAt?: number;
  readonly work: PredictedWork;
}

/** What the order of tasks looks at, by task number. */
export interface Ranked {
  /** Declared, 1 (last) to 10 (first). */
  readonly priority: (task: number) => number;
  /** Upward rank in seconds by what is declared: the longest way from the task's start to the run's end. */
  readonly rank: (task: number) => number;
  /** The same by what is predicted. */
  readonly forecastRank: (task: number) => number;
  /** Whether ranks order the tasks better than readiness does, by the forecast; see `ranksPay`. */
  readonly byRank: boolean;
  /** When the task's needs were met (ms). */
  readonly readyAt: (task: number) => number;
  /** What the task's kind is known by before one of it has ended, while that says something. */
  readonly firstOf?: (task: number) => FirstOfKind | undefined;
  /** What tells instances of one `forEach` apart; absent where nothing does. `list`: one number for each list, by which the lists are numbered through. */
  readonly instances?: {
    readonly list: (task: number) => number;
    /** How many times as long as others of its list it is predicted to take. */
    readonly factor: (task: number) => number;
  };
  /** Seconds after the run's start by which the task should have ended, infinite without; absent where no task has one. */
  readonly deadline?: (task: number) => number;
  /** Declared priorities of the task and of all that depend on it, added up. */
  readonly downstream: (task: number) => number;
  /** The same of the task and all that it depends on. */
  readonly upstream: (task: number) => number;
}

/** A run as it stands in the order of one pool: with the task that it would start next there. */
export interface Candidate {
  readonly demand: Demand;
  readonly ranked: Ranked;
  readonly task: number;
  /** Slots of the pool. */
  readonly slots: number;
}

/**
 * One policy: which run goes first, and which task of a run. The lower score goes first, equal ones go by `olderFirst`, so the order of
 * runs is a strict weak one as long as no score is NaN.
 */
export interface OrderPolicy {
  readonly name: string;
  /** Pure; `now` in ms. No score is ever stored. */
  readonly score: (candidate: Candidate, now: number) => number;
  /** Whether a run's score depends on its next task; where it doesn't, starting one leaves the order as it is. */
  readonly byTask: boolean;
  /** Whether it goes by forecasts, so that it is worth no more than they are. */
  readonly predictive: boolean;
  /**
   * The stretch of time around `now` in which a run's score is taken as it was at its beginning; absent where time changes none. Pure, and the
   * same for every moment within.
   */
  readonly holds?: (candidate: Candidate, now: number) => Span;
  /** A strict weak order of one run's tasks. */
  readonly taskBefore: (ranked: Ranked, a: number, b: number) => boolean;
}

/** Highest priority first, then the earliest deadline, then the oldest run. A strict total order, since runs have different names. */
export const olderFirst = (a: Demand, b: Demand): boolean => {
  if (a.priority !== b.priority) return a.priority > b.priority;
  const deadline = a.deadlineAt ?? Number.POSITIVE_INFINITY;
  const other = b.deadlineAt ?? Number.POSITIVE_INFINITY;
  if (deadline !== other) return deadline < other;
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt;
  return a.run < b.run;
};

/** A stretch of time in ms, without its end. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

/** A score that orders: what can't be computed goes last. */
export const scoreOf = (policy: OrderPolicy, candidate: Candidate, now: number): number => {
  const score = policy.score(candidate, now);
  return Number.isNaN(score) ? Number.POSITIVE_INFINITY : score;
};

/** The score that a run has in the order at a moment: that of the stretch of time around it. */
export const standingScore = (policy: OrderPolicy, candidate: Candidate, now: number): number =>
  scoreOf(policy, candidate, policy.holds?.(candidate, now).from ?? now);
