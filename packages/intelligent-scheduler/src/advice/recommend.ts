import type { OrderPolicy } from "../order.ts";
import type { Replay, Replayed } from "./replay.ts";
import type { TaskProfile } from "./task-profile.ts";

/** What a recommendation rests on. */
export type Evidence =
  | {
      /** Recorded runs, simulated as the settings are now and as they would be. Seconds. */
      readonly kind: "simulation";
      readonly runs: number;
      readonly tasks: number;
      readonly days: number;
      readonly before: Figures;
      readonly after: Figures;
    }
  | { readonly kind: "history"; readonly observations: number; readonly days: number }
  | { readonly kind: "forecasts"; readonly accuracy: number; readonly pairs: number };

export type Figures = Pick<Replayed, "mean" | "weighted" | "p95" | "late">;

/** What could be done, and why. */
export interface Recommendation {
  readonly kind: "slots" | "policy" | "fallback" | "failures" | "trend" | "hour";
  /** Pool, policy or type that it is about. */
  readonly about: string;
  /** In a sentence, with figures. */
  readonly says: string;
  /** What a setting would be, as a path of the configuration. */
  readonly setting?: { readonly document: string; readonly path: string; readonly value: number | string };
  /** Seconds a day that runs end earlier, added up; what it can be ordered by. */
  readonly savesSecondsPerDay: number;
  readonly evidence: Evidence;
}

/** More slots than these at a time are not proposed: who has more can ask again. */
const MORE_SLOTS = [1, 2, 4, 8];
/** A proposal needs this share of what the largest one saves. */
const ENOUGH = 0.8;
/** Savings worth a word: a share of the mean, and seconds a day. */
const LEAST_SHARE = 0.02;
const LEAST_SECONDS_PER_DAY = 60;
/** Another policy must be better by this share, since the recorded runs are one draw of many. */
const POLICY_SHARE = 0.05;
/** … and the largest runs may take so much longer. */
const LARGE_RUNS = 1.05;
/** A history of a few minutes is no rate a day. */
const LEAST_DAYS = 1;
const HOUR_SECONDS = 3600;

export interface Questions {
  readonly replay: Replay;
  readonly profiles: readonly TaskProfile[];
  /** In force now, and what else could be. */
  readonly policy: OrderPolicy;
  readonly others: readonly OrderPolicy[];
  /** How well forecasts tell runs apart, and whether they are not followed for that. */
  readonly standing: { readonly accuracy: number; readonly pairs: number; readonly failing: boolean };
  /** Between two simulations, so that others come in between. */
  readonly pause: () => Promise<void>;
}

/** What could be done now, the most rewarding first. */
export const recommend = async (questions: Questions): Promise<Recommendation[]> => {
  const { replay, profiles, standing } = questions;
  const found: Recommendation[] = [];
  if (standing.failing)
    found.push({
      kind: "fallback",
      about: questions.policy.name,
      says: `Forecasts put only ${percent(standing.accuracy)} of the latest pairs of runs in the right order of size: work is ordered by workflow-fifo until they are right again. \`qmoi forecast train\` learns anew.`,
      savesSecondsPerDay: 0,
      evidence: { kind: "forecasts", accuracy: standing.accuracy, pairs: standing.pairs },
    });
  if (replay.runs > 0) {
    const before = replay.play(questions.policy);
    await questions.pause();
    for (const pool of replay.pools.keys()) found.push(...(await moreSlots(questions, pool, before)));
    found.push(...(await otherPolicy(questions, before)));
  }
  for (const profile of profiles) found.push(...fromProfile(profile, Math.max(LEAST_DAYS, replay.days)));
  return found.sort((a, b) => b.savesSecondsPerDay - a.savesSecondsPerDay);
};

const moreSlots = async (questions: Questions, pool: string, before: Replayed): Promise<Recommendation[]> => {
  const { replay, policy, pause } = questions;
  if ((before.waited.get(pool) ?? 0) < LEAST_SHARE * before.sum) return [];
  const has = replay.pools.get(pool) as number;
  const tried: { more: number; after: Replayed }[] = [];
  for (const more of MORE_SLOTS) {
    tried.push({ more, after: replay.play(policy, new Map([[pool, has + more]])) });
    await pause();
  }
  const most = Math.max(...tried.map(({ after }) => before.sum - after.sum));
  const best = tried.find(({ after }) => before.sum - after.sum >= ENOUGH * most);
  if (!best || !worthIt(replay, before, best.after)) return [];
  const saved = perDay(replay, before, best.after);
  return [
    {
      kind: "slots",
      about: pool,
      says: `Pool ${pool} is the bottleneck: ${best.more} more ${best.more === 1 ? "slot saves" : "slots save"} ${timeText(saved)} a day; ${basis(replay)}.`,
      setting: { document: "parallel", path: `pools.${pool}.slots`, value: has + best.more },
      savesSecondsPerDay: saved,
      evidence: simulated(replay, before, best.after),
    },
  ];
};

const otherPolicy = async (questions: Questions, before: Replayed): Promise<Recommendation[]> => {
  const { replay, policy, others, pause } = questions;
  let best: { name: string; after: Replayed } | undefined;
  for (const other of others) {
    if (other.name === policy.name) continue;
    const after = replay.play(other);
    await pause();
    const better =
      after.weighted < before.weighted * (1 - POLICY_SHARE) && after.p95 <= before.p95 * LARGE_RUNS && after.late <= before.late;
    if (better && (!best || after.weighted < best.after.weighted)) best = { name: other.name, after };
  }
  if (!best || !worthIt(replay, before, best.after)) return [];
  const saved = perDay(replay, before, best.after);
  return [
    {
      kind: "policy",
      about: best.name,
      says: `The policy ${best.name} instead of ${policy.name} saves ${timeText(saved)} a day: runs end after ${timeText(best.after.mean)} instead of ${timeText(before.mean)} on average; ${basis(replay)}.`,
      setting: { document: "algorithm", path: "order.policy", value: best.name },
      savesSecondsPerDay: saved,
      evidence: simulated(replay, before, best.after),
    },
  ];
};

/** What history alone says of a type, without a simulation. */
const fromProfile = ({ type, failures, trend, bestHour, succeeded, tasks, seconds }: TaskProfile, days: number): Recommendation[] => {
  const found: Recommendation[] = [];
  const evidence: Evidence = { kind: "history", observations: succeeded, days };
  if (failures && failures.lostSecondsPerDay >= LEAST_SECONDS_PER_DAY)
    found.push({
      kind: "failures",
      about: type,
      says: `${percent(failures.rate)} of the tries of ${type} fail and take ${timeText(failures.lostSecondsPerDay)} of slots a day for nothing, ${timeText(failures.lostSeconds)} each.`,
      savesSecondsPerDay: failures.lostSecondsPerDay,
      evidence: { ...evidence, observations: failures.count },
    });
  if (trend?.direction === "rising" && trend.perDay * days > STEADY_GROWTH)
    found.push({
      kind: "trend",
      about: type,
      says: `${type} takes ${percent(trend.perDay)} longer each day; the median is ${timeText(seconds.median)} over the last ${daysText(days)}.`,
      savesSecondsPerDay: 0,
      evidence,
    });
  if (bestHour && bestHour.saves >= LEAST_HOUR_SHARE)
    found.push({
      kind: "hour",
      about: type,
      says: `${type} takes ${percent(bestHour.saves)} less from ${clock(bestHour.hour)} to ${clock(bestHour.hour + 1)} UTC than at other times.`,
      savesSecondsPerDay: ((bestHour.saves * seconds.median * tasks) / days) * (bestHour.outside / (bestHour.inside + bestHour.outside)),
      evidence: { ...evidence, observations: bestHour.inside + bestHour.outside },
    });
  return found;
};

const STEADY_GROWTH = 0.1;
const LEAST_HOUR_SHARE = 0.15;

const perDay = (replay: Replay, before: Replayed, after: Replayed): number => (before.sum - after.sum) / Math.max(LEAST_DAYS, replay.days);

const worthIt = (replay: Replay, before: Replayed, after: Replayed): boolean =>
  before.sum - after.sum >= LEAST_SHARE * before.sum && perDay(replay, before, after) >= LEAST_SECONDS_PER_DAY;

const figures = ({ mean, weighted, p95, late }: Replayed): Figures => ({ mean, weighted, p95, late });

const simulated = (replay: Replay, before: Replayed, after: Replayed): Evidence => ({
  kind: "simulation",
  runs: replay.runs,
  tasks: replay.tasks,
  days: replay.days,
  before: figures(before),
  after: figures(after),
});

const basis = (replay: Replay): string =>
  `simulated on the ${replay.runs === 1 ? "run" : `${replay.runs} runs`} of the last ${daysText(Math.max(LEAST_DAYS, replay.days))}`;

const daysText = (days: number): string => (Math.ceil(days) === 1 ? "day" : `${Math.ceil(days)} days`);
const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)}%`;
const clock = (hour: number): string => `${String(hour % 24).padStart(2, "0")}:00`;

const timeText = (seconds: number): string => {
  if (seconds >= 2 * HOUR_SECONDS) return `${(seconds / HOUR_SECONDS).toFixed(1)} hours`;
  if (seconds >= 120) return `${Math.round(seconds / 60)} minutes`;
  return seconds >= 10 ? `${Math.round(seconds)} s` : `${seconds.toFixed(1)} s`;
};
