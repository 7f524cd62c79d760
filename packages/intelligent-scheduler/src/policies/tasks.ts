import type { Ranked } from "../order.ts";

/** Below 0 if task `a` goes first by one of several keys, above 0 if `b` does. */
type Compare = (ranked: Ranked, a: number, b: number) => number;

const byPriority: Compare = (ranked, a, b) => ranked.priority(b) - ranked.priority(a);
const byDeadline: Compare = ({ deadline }, a, b) => (deadline ? earlier(deadline(a), deadline(b)) : 0);
const byReadyTime: Compare = (ranked, a, b) => ranked.readyAt(a) - ranked.readyAt(b);
/** Of one `forEach` what takes longest goes first (LPT: Graham 1969, doi 10.1137/0117039); the lists themselves go by number. */
const byLongest: Compare = ({ instances }, a, b) =>
  instances ? instances.list(a) - instances.list(b) || instances.factor(b) - instances.factor(a) : 0;
const byNumber: Compare = (_, a, b) => a - b;

/** Infinities are equal to each other. */
const earlier = (a: number, b: number): number => (a === b ? 0 : a - b);

/** The first key that tells two tasks apart decides. */
const inOrder =
  (...keys: readonly Compare[]) =>
  (ranked: Ranked, a: number, b: number): boolean => {
    for (const key of keys) {
      const order = key(ranked, a, b);
      if (order !== 0) return order < 0;
    }
    return false;
  };

/** In the order in which they became ready, then of the definition. */
export const byAge = inOrder(byReadyTime, byNumber);

/** Highest priority first, then the earliest deadline, then as they became ready. */
export const byReadiness = inOrder(byPriority, byDeadline, byReadyTime, byNumber);

/** Highest priority first, then the earliest deadline, then the longest declared way to the end, then the order of the definition. */
export const byDeclaredRank = inOrder(byPriority, byDeadline, (ranked, a, b) => ranked.rank(b) - ranked.rank(a), byNumber);

/**
 * Highest priority first, then the earliest deadline, then the longest predicted way to the end (HEFT's order: Topcuoglu, Hariri, Wu, 2002)
 * where that pays, then readiness, and of instances that became ready together the longest.
 */
export const byForecastRank = inOrder(
  byPriority,
  byDeadline,
  (ranked, a, b) => (ranked.byRank ? ranked.forecastRank(b) - ranked.forecastRank(a) : 0),
  byReadyTime,
  byLongest,
  byNumber,
);

/** The larger weight first, then readiness. */
export const byWeight = (weight: (ranked: Ranked, task: number) => number): ReturnType<typeof inOrder> =>
  inOrder((ranked, a, b) => weight(ranked, b) - weight(ranked, a), byReadyTime, byNumber);
