import type { Candidate, Demand, Span } from "../order.ts";

/**
 * How long a run has been there, over how long it takes by itself, plus 1: the response ratio of Brinch Hansen's "highest response ratio
 * next" (1971). It grows without bound, so nothing waits for ever.
 */
export const responseRatio = (demand: Demand, slots: number, now: number): number =>
  1 + Math.max(0, now - demand.createdAt) / aloneMs(demand, slots);

const aloneMs = ({ work }: Demand, slots: number): number => 1000 * Math.max(LEAST_SECONDS, work.path, work.total / slots);
export const LEAST_SECONDS = 1e-3;

/** A forecast is right within this factor most of the time: so early a run becomes urgent, so late it counts as missed. */
const LATITUDE = 2;
const NEVER: Span = { from: Number.POSITIVE_INFINITY, until: Number.POSITIVE_INFINITY };

/** When a run is about to miss its deadline: soon enough to matter, and not so late that it is missed anyway. */
export const urgentSpan = ({ demand, ranked, task, slots }: Candidate): Span => {
  const { deadlineAt, work } = demand;
  if (deadlineAt === undefined) return NEVER;
  const needed = 1000 * Math.max(ranked.forecastRank(task), work.remaining / slots);
  return Number.isFinite(needed) ? { from: deadlineAt - needed * LATITUDE, until: deadlineAt - needed / LATITUDE } : NEVER;
};

export const isUrgent = (candidate: Candidate, now: number): boolean => {
  const { from, until } = urgentSpan(candidate);
  return now >= from && now < until;
};

/** A score may be off by five percent because it was computed a while ago. */
const STEP = 1.05;
/** No score is computed anew more often (ms). */
const LEAST_MS = 1000;
/** Longer than anything runs: what can't be computed is taken as this. */
const LONGEST_MS = 1e15;

/**
 * The stretch of time around `now` in which a response ratio is taken as it was at its beginning: it grows by five percent in it, or the
 * stretch is a second long. Runs are out of step, or those that came together would all be due at once.
 */
export const ratioSpan = ({ demand, slots }: Candidate, now: number): Span => {
  const { run, createdAt } = demand;
  const alone = aloneMs(demand, slots);
  if (!(alone < LONGEST_MS)) return { from: createdAt, until: Number.POSITIVE_INFINITY };
  const phase = phaseOf(run);
  const time = Math.max(now, createdAt);
  // From here on five percent take longer than a second.
  const turn = createdAt + LEAST_MS / (STEP - 1) - alone;
  if (time < turn) {
    const from = (Math.floor(time / LEAST_MS - phase) + phase) * LEAST_MS;
    return { from, until: Math.min(from + LEAST_MS, turn) };
  }
  const step = stepAround(createdAt - alone, alone, time, phase);
  return { from: Math.max(step.from, turn), until: step.until };
};

/** The stretch around `now` in which the time since `since` grows by five percent, where the first one begins `least` after it (ms). `phase`: of a step. */
export const stepAround = (since: number, least: number, now: number, phase = 0): Span => {
  const at = (step: number): number => since + least * STEP ** (step - phase);
  let step = Math.floor(Math.log((now - since) / least) / Math.log(STEP) + phase);
  // The same for every moment within, however logarithms are rounded.
  while (at(step + 1) <= now) step++;
  while (at(step) > now) step--;
  return { from: at(step), until: at(step + 1) };
};

/** From 0 to 1 by name (FNV-1a). */
const phaseOf = (run: string): number => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < run.length; i++) hash = Math.imul(hash ^ run.charCodeAt(i), 0x01000193);
  return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 32;
};

/** A stretch of time cut at the moments from and until which a run is urgent. */
export const cutByUrgency = (candidate: Candidate, now: number, span: Span): Span => {
  const urgent = urgentSpan(candidate);
  if (now < urgent.from) return { from: span.from, until: Math.min(span.until, urgent.from) };
  if (now < urgent.until) return urgent;
  return { from: Math.max(span.from, urgent.until), until: span.until };
};
