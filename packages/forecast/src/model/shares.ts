import type { Method, Track } from "./track.ts";

/** A more complex method must be better by this factor to weigh as much: the best of several is overrated by chance. */
const MARGIN = 0.95;
/** Runs that the level's ranking of methods weighs against the name's own. */
const RANKING_PARTS = 5;
/** Shares below this one of the largest are left out. */
const LEAST_SHARE = 0.05;
/** Mean errors below this are none. */
const LEAST_ERROR = 1e-6;

/**
 * What each method's answer weighs: as in Bayesian model averaging, by the likelihood of Laplace errors, (least mean error / its own)^runs, where a name
 * with few runs leans on its level's ranking. An average is hardly ever worse than its best part, and chance decides less than where one is chosen.
 * @param pooled a method's mean error over the level
 * @param leans whether the level has other names
 */
export const sharesOf = (
  offered: readonly Method[],
  track: Track,
  pooled: (method: Method) => number,
  leans: boolean,
): Map<Method, number> => {
  const overall = offered.map(pooled);
  const least = Math.min(...overall);
  const own = Math.min(...offered.map((method) => track.meanError(method, pooled(method))));
  const expected = offered.map((method, i) => {
    const { sum, weight, parts } = track.errors[method];
    const mean = weight > 0 ? sum / weight : 0;
    const error = (mean * parts + RANKING_PARTS * own * ((overall[i] as number) / least)) / (parts + RANKING_PARTS);
    return Math.max(LEAST_ERROR, method === "median" ? error : error / MARGIN);
  });
  const best = Math.min(...expected);
  const borrowed = leans ? RANKING_PARTS : 0;
  const likelihood = offered.map((method, i) => (best / (expected[i] as number)) ** (track.errors[method].draws + borrowed));
  const kept = likelihood.map((value) => (value < LEAST_SHARE ? 0 : value));
  const total = kept.reduce((sum, value) => sum + value, 0);
  return new Map(offered.flatMap((method, i) => (kept[i] ? [[method, (kept[i] as number) / total]] : [])));
};
