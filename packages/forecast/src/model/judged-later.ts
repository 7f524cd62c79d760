import type { Outcome } from "./case.ts";
import type { Opinions } from "./judge.ts";
import { between, type QuantityModel } from "./quantity-model.ts";
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
const ONE_STEP = 0.1;
/** Stretches that the ranking of methods over all names weighs against a name's own. */
const RANKING = 5;

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
): (Opinions & { readonly persistence: number }) | undefined => {
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
  };
  for (const [i, cut] of cuts.slice(0, -1).entries()) ask(earlier(known.slice(0, cut)), known, later, cut, cuts[i + 1] as number);
  leaveOutBreaks(known, later, cuts);
  if (!(leastError(known, later, first) > TIME_MATTERS * leastError(known, heldOut, first))) return undefined;
  const further = Math.max(1, (ahead * known.length * (cuts.length - 1)) / (known.length - first));
  const persistence = persistenceOf(known, later) ** further;
  later.recent[0]?.forEach((recent, row, column) => {
    column[row] = between(later.median[0]?.[row] as number, recent, persistence);
  });
  return {
    ...later,
    persistence,
    handicap: handicaps(known, heldOut, later),
    growth: (method) => further ** growthOf(known, later, cuts, method),
  };
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

/** How much of the latest values' distance from the median is left so far ahead: the slope of what came on what they said. */
const persistenceOf = (known: readonly Outcome[], { median: [median], recent: [recent] }: Opinions): number => {
  let [both, squares] = [0, 0];
  known.forEach(({ value }, row) => {
    const distance = (recent?.[row] as number) - (median?.[row] as number);
    const came = value - (median?.[row] as number);
    if (Number.isFinite(distance * came)) [both, squares] = [both + distance * came, squares + distance * distance];
  });
  return squares > 0 ? Math.min(1, Math.max(0, both / squares)) : 1;
};

/**
 * By name and method, what its errors further ahead are multiplied with: for being worse one step ahead, and to lean on how methods fared for all names,
 * since a name's few stretches rank them by chance.
 */
const handicaps = (known: readonly Outcome[], heldOut: Opinions, later: Opinions): NonNullable<Opinions["handicap"]> => {
  const names = [...Map.groupBy(known.keys(), (row) => known[row]?.names[0])].map(([name, rows]) => {
    const [near, far] = [heldOut, later].map((opinions) => METHODS.map((method) => meanError(known, opinions, method, rows))) as [
      number[],
      number[],
    ];
    const nearest = Math.min(...near.filter(Number.isFinite));
    const scores = far.map((error, i) => error * (nearest > 0 ? ((near[i] as number) / nearest) ** ONE_STEP : 1));
    return { name, far, scores, least: Math.min(...scores.filter(Number.isFinite)) };
  });
  const ranking = METHODS.map((_, i) => {
    const ratios = names.map(({ scores, least }) => (scores[i] as number) / least).filter(Number.isFinite);
    return ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
  });
  const stretches = ORIGINS.length - 1;
  const byName = new Map(
    names.map(({ name, far, scores, least }) => [
      name,
      METHODS.map(
        (_, i) =>
          (stretches * (scores[i] as number) + RANKING * least * (ranking[i] as number)) / (stretches + RANKING) / (far[i] as number),
      ),
    ]),
  );
  return (name, method) => byName.get(name)?.[METHODS.indexOf(method)] || 1;
};

/** The power of the distance ahead by which a method's errors grow, at most 1: 0 where all is independent, a half on a random walk. */
const growthOf = (known: readonly Outcome[], later: Opinions, cuts: readonly number[], method: Method): number => {
  const isNear = (row: number): boolean => {
    const next = cuts.findIndex((cut) => row < cut);
    return row < ((cuts[next - 1] as number) + (cuts[next] as number)) / 2;
  };
  let [near, far] = [0, 0];
  for (const all of Map.groupBy(known.keys(), (row) => known[row]?.names[0]).values()) {
    const rows = all.filter((row) => row >= (cuts[0] as number));
    const error = meanError(known, later, method, rows);
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
