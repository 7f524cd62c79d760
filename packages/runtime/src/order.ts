/** What the order across runs looks at. Times in ms. */
export interface Demand {
  readonly run: string;
  readonly workflow: string;
  readonly priority: number;
  readonly createdAt: number;
  /** When the run should have ended. */
  readonly deadlineAt?: number;
}

/** What the order within a run looks at: declared priorities and upward ranks, by task number. */
export interface Ranked {
  readonly priority: (task: number) => number;
  readonly rank: (task: number) => number;
  /** Seconds after the run's start by which the task should have ended, infinite without; absent where no task has one. */
  readonly deadline?: (task: number) => number;
}

/** One policy: which run goes first, and which task of a run. Both are strict weak orders. */
export interface OrderPolicy {
  readonly name: string;
  readonly runBefore: (a: Demand, b: Demand) => boolean;
  readonly taskBefore: (ranked: Ranked, a: number, b: number) => boolean;
}

/** Highest priority first, then the earliest deadline, then the oldest run; inside a run priority, deadline, upward rank, definition order. */
export const workflowFifo: OrderPolicy = {
  name: "workflow-fifo",
  runBefore: (a, b) => {
    if (a.priority !== b.priority) return a.priority > b.priority;
    const deadline = a.deadlineAt ?? Number.POSITIVE_INFINITY;
    const other = b.deadlineAt ?? Number.POSITIVE_INFINITY;
    if (deadline !== other) return deadline < other;
    if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt;
    return a.run < b.run;
  },
  taskBefore: (ranked, a, b) => {
    const byPriority = ranked.priority(b) - ranked.priority(a);
    if (byPriority !== 0) return byPriority < 0;
    const byDeadline = ranked.deadline ? compare(ranked.deadline(a), ranked.deadline(b)) : 0;
    if (byDeadline !== 0) return byDeadline < 0;
    const byRank = ranked.rank(b) - ranked.rank(a);
    return byRank === 0 ? a < b : byRank < 0;
  },
};

/** Below 0 if `a` is less; infinities are equal to each other. */
const compare = (a: number, b: number): number => (a === b ? 0 : a - b);
