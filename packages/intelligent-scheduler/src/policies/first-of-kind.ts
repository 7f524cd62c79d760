import type { Candidate, Span } from "../order.ts";
import { stepAround } from "./ageing.ts";

/** What was never tried is tried by one task, when a run of so many times its length would have its turn. */
const TRIAL = 10;
/** No task is late before it has run for so long (s). */
const LEAST_DUE_SECONDS = 1;

/**
 * What a run is expected to take as it counts with the task that it would start next. The first task of a kind that was never tried goes early: it is
 * short beside what it tells. While a kind's first task takes longer than predicted, all of the kind are taken to: as long as it has run by now.
 */
export const expectedWork = ({ demand, ranked, task }: Candidate, now: number): number => {
  const { expected } = demand.work;
  const first = ranked.firstOf?.(task);
  if (!first) return expected;
  if (first.since === undefined) return first.untried ? Math.min(expected, TRIAL * first.seconds) : expected;
  const late = (now - first.since) / 1000 / Math.max(LEAST_DUE_SECONDS, first.seconds) - 1;
  return late > 0 ? expected + first.expected() * late : expected;
};

/** The stretch of time around `now` in which that is taken as it was at its beginning: it grows by five percent in it. */
export const expectedSpan = ({ ranked, task }: Candidate, now: number): Span | undefined => {
  const first = ranked.firstOf?.(task);
  if (first?.since === undefined) return undefined;
  const due = 1000 * Math.max(LEAST_DUE_SECONDS, first.seconds);
  if (!Number.isFinite(due)) return undefined;
  return now < first.since + due ? { from: Number.NEGATIVE_INFINITY, until: first.since + due } : stepAround(first.since, due, now);
};

/** The common part of two stretches around the same moment. */
export const both = (span: Span, other: Span | undefined): Span =>
  other ? { from: Math.max(span.from, other.from), until: Math.min(span.until, other.until) } : span;
