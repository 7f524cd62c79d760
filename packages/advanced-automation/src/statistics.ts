import { addTo, type Histogram, mergeHistograms, quantile } from "./histogram.ts";

/** What is kept of one task type on one day. Times in seconds, memory in bytes. */
export interface TypeDay {
  readonly attempts: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cpuSeconds: number;
  readonly peakMemory: number;
  readonly longest: number;
  readonly runTime: Histogram;
  readonly queue: Histogram;
}

export const NO_STATISTICS: TypeDay = {
  attempts: 0,
  succeeded: 0,
  failed: 0,
  cpuSeconds: 0,
  peakMemory: 0,
  longest: 0,
  runTime: {},
  queue: {},
};

/** One ended attempt that counted as a try. */
export interface Observation {
  readonly ok: boolean;
  readonly seconds: number;
  readonly queueSeconds: number;
  readonly cpuSeconds?: number;
  readonly peakMemory?: number;
}

/** Run times are those of successes: a failure says little about how long the work takes. */
export const observe = (day: TypeDay, seen: Observation): TypeDay => ({
  attempts: day.attempts + 1,
  succeeded: day.succeeded + (seen.ok ? 1 : 0),
  failed: day.failed + (seen.ok ? 0 : 1),
  cpuSeconds: day.cpuSeconds + (seen.cpuSeconds ?? 0),
  peakMemory: Math.max(day.peakMemory, seen.peakMemory ?? 0),
  longest: seen.ok ? Math.max(day.longest, seen.seconds) : day.longest,
  runTime: seen.ok ? addTo(day.runTime, seen.seconds) : day.runTime,
  queue: addTo(day.queue, seen.queueSeconds),
});

export const mergeStatistics = (a: TypeDay, b: TypeDay): TypeDay => ({
  attempts: a.attempts + b.attempts,
  succeeded: a.succeeded + b.succeeded,
  failed: a.failed + b.failed,
  cpuSeconds: a.cpuSeconds + b.cpuSeconds,
  peakMemory: Math.max(a.peakMemory, b.peakMemory),
  longest: Math.max(a.longest, b.longest),
  runTime: mergeHistograms(a.runTime, b.runTime),
  queue: mergeHistograms(a.queue, b.queue),
});

/** Successes from which on a timeout can be learned. */
export const ENOUGH = 20;

/** The longest run time to expect in seconds: the larger of P99 and the longest seen. */
export const longestToExpect = (seen: TypeDay): number => Math.max(quantile(seen.runTime, 0.99), seen.longest);

/** A timeout in ms for what takes at most so many seconds: factor times that, at least the floor. */
export const timeoutFor = (seconds: number, factor: number, floorMs: number): number => Math.max(factor * seconds * 1000, floorMs);

/** Timeout in ms from what was seen; undefined before 20 successes. */
export const learnedTimeout = (seen: TypeDay, factor: number, floorMs: number): number | undefined =>
  seen.succeeded < ENOUGH ? undefined : timeoutFor(longestToExpect(seen), factor, floorMs);
