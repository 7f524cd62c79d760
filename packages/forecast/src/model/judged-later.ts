import type { Outcome } from "./case.ts";
import type { Opinions } from "./judge.ts";
import type { QuantityModel } from "./quantity-model.ts";
import { METHODS, type Method } from "./track.ts";

/** Shares of the history after which a model is asked for what follows, up to the next one: the rolling origins of Tashman (2000). */
const ORIGINS = [0.4, 0.6, 0.8, 1];
const LEAST_EARLIER = 50;
const LEAST_LATER = 30;
/** How much worse forecasts from before must be than those from around, for time to make a difference. */
const TIME_MATTERS = 1.15;
/** How much worse a stretch must be than the next one, to be left out. */
const BREAK = 2;
/** What being better one step ahead counts, where methods are as good as each other further ahead: a lasting change has just come. */
const ONE_STEP = 0.25;

/**
 * What models of earlier parts of the history say of what followed, if that is clearly worse than what the rows around say: then neighbours
 * in time resemble each other, and being held out flatters. Undefined otherwise, since all of the history tells more.
 * @param ahead how far ahead forecasts will be asked for, as a share of the history: errors that grow with the distance are taken so far
 */
export const judgedLater = (
  known: readonly Outcome[],
  heldOut: Opinions,
  earlier: (rows: readonly Outcome[]) => QuantityModel,
  ahead: number,
): Opinions | undefined => {
  const cuts = ORIGINS.map((share) => Math.floor(share * known.length));
  const first = cuts[0] as number;
  if (first < LEAST_EARLIER || known.length - first < LEAST_LATER) return undefined;
  const columns = (like: readonly Float64Array[]): Float64Array[] => like.map(() => new Float64Array(known.length).fill(Number.NaN));
  const { median, recent, linear, forest, part } = heldOut;
  const later: Opinions = {
    median: columns(median),
    recent: columns(recent),
    linear: columns(linear),
    ...(forest ? { forest: columns(forest) } : {}),
    part,
    common: Int32Array.from(known, (_, row) => cuts.findIndex((cut) => row < cut)),
    handicap: handicaps(known, heldOut),
  };
  for (const [i, cut] of cuts.slice(0, -1).entries()) ask(earlier(known.slice(0, cut)), known, later, cut, cuts[i + 1] as number);
  leaveOutBreaks(known, later, cuts);
  if (!(leastError(known, later, first) > TIME_MATTERS * leastError(known, heldOut, first))) return undefined;
  const reached = (known.length - first) / (cuts.length - 1) / known.length;
  return { ...later, growth: Math.max(1, ahead / reached) ** growthOf(known, later, cuts) };
};

/** Writes down what a model's methods say of rows that it has not seen. */
const ask = (model: QuantityModel, known: readonly Outcome[], into: Opinions, from: number, to: number): void => {
  for (let row = from; row < to; row++) {
    const outcome = known[row] as Outcome;
    const profile = model.profileAt(0, outcome);
    if (!profile || profile.history.count === 0) continue;
    const said = model.candidates(outcome, 0, profile);
    for (const method of METHODS) {
      const values = said[method] ? [said[method].point, ...said[method].raw] : [];
      for (const [i, column] of (into[method] ?? []).entries()) column[row] = values[i] ?? Number.NaN;
    }
  }
};

/** A stretch in which every method fails for a name as in no other one tells of a change that came once, not of how far ahead one can see. */
const leaveOutBreaks = (known: readonly Outcome[], later: Opinions, cuts: readonly number[]): void => {
  for (const rows of Map.groupBy(known.keys(), (row) => known[row]?.names[0]).values()) {
    const stretches = cuts.slice(0, -1).map((cut, i) => {
      const inside = rows.filter((row) => row >= cut && row < (cuts[i + 1] as number));
      return { inside, error: leastOf(known, later, inside).error };
    });
    const [worst, second] = stretches.filter(({ error }) => Number.isFinite(error)).sort((a, b) => b.error - a.error);
    if (!worst || !second || worst.error <= BREAK * second.error) continue;
    for (const method of METHODS) for (const column of later[method] ?? []) for (const row of worst.inside) column[row] = Number.NaN;
  }
};

/** By name and method, what its errors further ahead are multiplied with for being worse one step ahead. */
const handicaps = (known: readonly Outcome[], heldOut: Opinions): NonNullable<Opinions["handicap"]> => {
  const byName = new Map<string | undefined, Partial<Record<Method, number>>>();
  for (const [name, rows] of Map.groupBy(known.keys(), (row) => known[row]?.names[0])) {
    const means = METHODS.map((method) => meanError(known, heldOut, method, rows));
    const least = Math.min(...means.filter(Number.isFinite));
    byName.set(name, Object.fromEntries(METHODS.map((method, i) => [method, least > 0 ? ((means[i] as number) / least) ** ONE_STEP : 1])));
  }
  return (name, method) => byName.get(name)?.[method] || 1;
};

/** The power of the distance ahead by which errors grow, at most 1: 0 where all is independent, a half on a random walk. */
const growthOf = (known: readonly Outcome[], later: Opinions, cuts: readonly number[]): number => {
  const isNear = (row: number): boolean => {
    const next = cuts.findIndex((cut) => row < cut);
    return row < ((cuts[next - 1] as number) + (cuts[next] as number)) / 2;
  };
  let [near, far] = [0, 0];
  for (const all of Map.groupBy(known.keys(), (row) => known[row]?.names[0]).values()) {
    const rows = all.filter((row) => row >= (cuts[0] as number));
    const { method, error } = leastOf(known, later, rows);
    const [closer, further] = [true, false].map((wanted) =>
      meanError(
        known,
        later,
        method,
        rows.filter((row) => isNear(row) === wanted),
      ),
    );
    if (!(error > 0) || Number.isNaN(closer) || Number.isNaN(further)) continue;
    near += (rows.length * (closer as number)) / error;
    far += (rows.length * (further as number)) / error;
  }
  // The middles of the halves lie one and three quarters of a stretch ahead.
  return near > 0 ? Math.min(1, Math.max(0, Math.log(far / near) / Math.log(3))) : 0;
};

const meanError = (known: readonly Outcome[], opinions: Opinions, method: Method, rows: readonly number[]): number => {
  const points = opinions[method]?.[0];
  let [sum, count] = [0, 0];
  for (const row of rows) {
    const error = Math.abs((known[row] as Outcome).value - (points?.[row] ?? Number.NaN));
    if (Number.isFinite(error)) [sum, count] = [sum + error, count + 1];
  }
  return count > 0 ? sum / count : Number.NaN;
};

/** The method whose mean error over rows is the least. */
const leastOf = (known: readonly Outcome[], opinions: Opinions, rows: readonly number[]): { method: Method; error: number } =>
  METHODS.map((method) => ({ method, error: meanError(known, opinions, method, rows) }))
    .filter(({ error }) => Number.isFinite(error))
    .reduce((a, b) => (b.error < a.error ? b : a), { method: "median", error: Number.POSITIVE_INFINITY });

/** The mean error of the best method from a row on. */
const leastError = (known: readonly Outcome[], opinions: Opinions, from: number): number =>
  leastOf(
    known,
    opinions,
    Array.from({ length: known.length - from }, (_, i) => from + i),
  ).error;
