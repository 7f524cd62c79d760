import { moderationOf, type Sampled } from "../stats/moderation.ts";
import type { Reservoir } from "../stats/reservoir.ts";
import type { Outcome } from "./case.ts";
import { sizesOf } from "./hold-out.ts";
import { ENOUGH_RESIDUALS } from "./intervals.ts";
import type { Profile, QuantityModel } from "./quantity-model.ts";
import { BOUND_INDEX, type ErrorSample, METHODS, type Method, type Track } from "./track.ts";

/** What each method says of each outcome without those it is held out with: the point, then the quantiles it has; NaN where it says nothing. */
export interface Opinions {
  readonly median: readonly Float64Array[];
  readonly recent: readonly Float64Array[];
  readonly linear: readonly Float64Array[];
  forest?: readonly Float64Array[];
  /** By outcome, what it is held out with. */
  readonly part: Int32Array;
  /** By outcome, what its error has in common with others; the part where absent. */
  readonly common?: Int32Array;
  /** How much larger a method's errors will be where forecasts are asked for than they were here; 1 where absent. */
  readonly growth?: (method: Method) => number;
  /** What errors count for in the choice of a method; 1 where absent. */
  readonly handicap?: (name: string | undefined, method: Method) => number;
}

/** Runs that the errors of all names weigh against a name's own: more where a run is a long stretch, of which there are but few; and from how many on these stand alone. */
const LEANING = 1;
const LEANING_FAR = 5;
const SURE = 20;

/**
 * Draws that the variance usual among names counts for beside a name's own, least and most: one where variances differ by orders of magnitude, or all names
 * share the same few stretches.
 */
const MODERATING = [1, 4] as const;
const MODERATING_FAR = [1, 1] as const;
/** Names in several runs from which it can be told how alike their variances are. */
const ENOUGH_NAMES = 4;
/** Variances below that of one percent are the same. */
const LEAST_VARIANCE = 1e-4;
/** The deviation between runs that is taken for usual before any name was seen in several, and how many draws that counts for. */
const PRIOR_DEVIATION = 0.5;
const PRIOR_DRAWS = 2;

/** Fills a model's tracks from opinions by level: how far each method was off for each name, and for the level as a whole. */
export const judge = (model: QuantityModel, outcomes: readonly Outcome[], opinions: readonly Opinions[]): void => {
  const least = new Map<Method, number>();
  opinions.forEach((opinion, level) => {
    const rowsOf = Map.groupBy(outcomes.keys(), (row) => model.nameAt(level, outcomes[row] as Outcome));
    for (const method of METHODS) {
      const columns = opinion[method];
      if (columns) least.set(method, judgeMethod(model, level, method, outcomes, columns, opinion, rowsOf, least.get(method) ?? 0));
    }
  });
};

const judgeMethod = (
  model: QuantityModel,
  level: number,
  method: Method,
  outcomes: readonly Outcome[],
  [points = new Float64Array(), ...quantiles]: readonly Float64Array[],
  { part, common = part, growth, handicap }: Opinions,
  rowsOf: Map<string | undefined, number[]>,
  least: number,
): number => {
  const raw = quantiles.length > 0 ? [...quantiles, points] : [points, points];
  const further = growth?.(method) ?? 1;
  const judged: { readonly profile: Profile; readonly sample: ErrorSample; readonly alike: Common }[] = [];
  for (const [name, members] of rowsOf) {
    const profile = name === undefined ? undefined : model.profiles[level]?.get(name);
    const rows = members.filter((row) => Number.isFinite(points[row]));
    if (!profile || rows.length === 0) continue;
    const errors = (column: Float64Array): number[] => rows.map((row) => (outcomes[row] as Outcome).value - (column[row] as number));
    const parts = rows.map((row) => part[row] as number);
    const sizes = sizesOf(parts);
    const shared = rows.map((row) => common[row] as number);
    const off = errors(points);
    const sample = {
      absolute: off.map((error) => Math.abs(error) * (handicap?.(name, method) ?? 1)),
      residuals: raw.map((column) => errors(column).map((error) => error * further)),
      // The bound is to be near for a row to come, whose run is likelier a large one; an interval must hold runs to come: between counting rows,
      // where one large run speaks for all, and counting runs, where a tiny one speaks as loud.
      weights: raw.map((_, i) => Array.from(sizes, (size) => (i === BOUND_INDEX ? 1 : size ** -0.5))),
      parts: sizes.reduce((sum, size) => sum + 1 / size, 0),
      ...(common === part ? {} : { draws: new Set(shared).size }),
    };
    profile.track.setErrors(method, sample);
    const alike = commonOf(
      off.map((error) => error * further),
      shared,
    );
    judged.push({ profile, sample, alike });
  }
  model.poolErrors(
    level,
    method,
    judged.map(({ profile }) => profile),
  );
  const [moderating, leaning] = common === part ? [MODERATING, LEANING] : [MODERATING_FAR, LEANING_FAR];
  // A new name of a wider level differs from those seen no less than a new run of a name does from its others.
  const found = usualOf(
    judged.map(({ alike }) => alike),
    moderating,
  );
  const usual = { ...found, variance: Math.max(least, found.variance) };
  for (const { profile, sample, alike: own } of judged) {
    if (own.draws >= SURE) continue;
    const unseen = unseenOf(own, usual);
    profile.track.errors[method].unseen = unseen;
    if (judged.length > 1) lean(model, level, method, profile, { ...sample, unseen }, leaning / own.draws);
  }
  return usual.variance;
};

/** Lets the errors of a name that was seen in few runs lean on those of all names, in units of its own: a few draws tell nothing of the ends of a distribution. */
const lean = (model: QuantityModel, level: number, method: Method, { track }: Profile, sample: ErrorSample, weight: number): void => {
  const pooled = (model.pools[level] as Track).errors[method].residuals;
  const unit = model.meanError(level, track, method);
  const others = pooled[0]?.length ?? 0;
  if (others < ENOUGH_RESIDUALS) return;
  const weights = (sample.weights ?? []).map((column) => {
    const own = column.reduce((sum, weight) => sum + weight, 0);
    return [...column, ...new Array<number>(others).fill((own * weight) / others)];
  });
  const residuals = sample.residuals.map((column, i) => [
    ...column,
    ...(pooled[i] as Reservoir).numbers.map((residual) => residual * unit),
  ]);
  track.setErrors(method, { ...sample, residuals, weights });
};

/** What a name's errors have in common within a part: the variance, and of how many parts. */
interface Common {
  readonly variance: number;
  readonly draws: number;
  /** Whether values differ at all. */
  readonly differs: boolean;
}

/** Splits the variance of errors into what is common to a part and the rest (analysis of variance). */
const commonOf = (errors: readonly number[], parts: readonly number[]): Common => {
  const sums = new Map<number, { sum: number; rows: number }>();
  let total = 0;
  errors.forEach((error, i) => {
    const part = sums.get(parts[i] as number) ?? { sum: 0, rows: 0 };
    sums.set(parts[i] as number, { sum: part.sum + error, rows: part.rows + 1 });
    total += error * error;
  });
  const draws = sums.size;
  let between = (-total / errors.length) * draws;
  for (const { sum, rows } of sums.values()) between += (sum * sum) / rows;
  const variance = draws < 2 ? 0 : Math.max(0, Math.min(total, between)) / errors.length;
  return { variance, draws, differs: total > LEAST_VARIANCE * errors.length };
};

/** The variance of what parts have in common that is usual among names whose values differ at all, drawn to a prior one while few were seen in several parts, and the draws that it counts for. */
const usualOf = (commons: readonly Common[], moderating: readonly [number, number]): Sampled => {
  const several = commons.filter(({ draws, differs }) => draws > 1 && differs);
  if (several.length >= ENOUGH_NAMES)
    return moderationOf(
      several.map(({ variance, draws }) => ({ variance: Math.max(LEAST_VARIANCE, variance), free: draws - 1 })),
      moderating,
    );
  let [sum, weight] = [PRIOR_DEVIATION * PRIOR_DRAWS, PRIOR_DRAWS];
  for (const { variance, draws } of several) {
    sum += (draws - 1) * Math.sqrt(variance);
    weight += draws - 1;
  }
  // Where there is but one name, what is usual is its own.
  return { variance: (sum / weight) ** 2, free: commons.length < 2 && several.length > 0 ? 0 : moderating[1] };
};

/**
 * The deviation that is missing in errors of a few parts: the variance between parts, drawn to what is usual among names (a moderated variance,
 * Smyth 2004, doi 10.2202/1544-6115.1027), is spread as Student's t is against the normal (Cornish-Fisher to the second order).
 */
const unseenOf = ({ variance, draws, differs }: Common, usual: Sampled): number => {
  // What was the same in several parts will be in the next.
  if (!differs && draws > 1) return 0;
  const free = draws - 1 + usual.free;
  const moderated = ((draws - 1) * variance + usual.free * usual.variance) / free;
  const t = 1 + 0.926 / free + 0.863 / free ** 2;
  return Math.sqrt(Math.max(0, moderated * t * t - variance));
};
