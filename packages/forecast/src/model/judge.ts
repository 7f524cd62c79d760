import type { Reservoir } from "../stats/reservoir.ts";
import type { Outcome } from "./case.ts";
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

/** Share of the error that a part's rows have in common, where there is only one part to tell it from. */
const UNKNOWN_SHARE = 0.3;

/** Fills a model's tracks from opinions by level: how far each method was off for each name, and for the level as a whole. */
export const judge = (model: QuantityModel, outcomes: readonly Outcome[], opinions: readonly Opinions[]): void => {
  opinions.forEach((opinion, level) => {
    const rowsOf = Map.groupBy(outcomes.keys(), (row) => model.nameAt(level, outcomes[row] as Outcome));
    for (const method of METHODS) {
      const columns = opinion[method];
      if (columns) judgeMethod(model, level, method, outcomes, columns, opinion, rowsOf);
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
): void => {
  const raw = quantiles.length > 0 ? [...quantiles, points] : [points, points];
  const further = growth?.(method) ?? 1;
  const judged: { readonly profile: Profile; readonly sample: ErrorSample; readonly draws: number }[] = [];
  for (const [name, members] of rowsOf) {
    const profile = name === undefined ? undefined : model.profiles[level]?.get(name);
    const rows = members.filter((row) => Number.isFinite(points[row]));
    if (!profile || rows.length === 0) continue;
    const errors = (column: Float64Array): number[] => rows.map((row) => (outcomes[row] as Outcome).value - (column[row] as number));
    const parts = rows.map((row) => part[row] as number);
    const sizes = sizesOf(parts);
    const shared = rows.map((row) => common[row] as number);
    const sample = {
      absolute: errors(points).map((error) => Math.abs(error) * (handicap?.(name, method) ?? 1)),
      residuals: raw.map((column) => errors(column).map((error) => error * further)),
      unseen: inflation(errors(points), shared),
      // The bound is to be near for a row to come, whose run is likelier a large one; an interval must hold runs to come: between counting rows,
      // where one large run speaks for all, and counting runs, where a tiny one speaks as loud.
      weights: raw.map((_, i) => sizes.map((size) => (i === BOUND_INDEX ? 1 : size ** -0.5))),
      parts: sizes.reduce((sum, size) => sum + 1 / size, 0),
      ...(common === part ? {} : { draws: new Set(shared).size }),
    };
    profile.track.setErrors(method, sample);
    judged.push({ profile, sample, draws: new Set(shared).size });
  }
  model.poolErrors(
    level,
    method,
    judged.map(({ profile }) => profile),
  );
  if (judged.length < 2) return;
  const leaning = common === part ? LEANING : LEANING_FAR;
  for (const { profile, sample, draws } of judged) if (draws < SURE) lean(model, level, method, profile, sample, leaning / draws);
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

/**
 * By how much errors of a few parts understate those of a part to come. What the parts have in common within themselves is known from as many draws as
 * there are parts: that share of the error is spread as Student's t with one degree of freedom less is, against the normal (Cornish-Fisher to the second order).
 */
const inflation = (errors: readonly number[], parts: readonly number[]): number => {
  const sums = new Map<number, { sum: number; rows: number }>();
  let total = 0;
  errors.forEach((error, i) => {
    const part = sums.get(parts[i] as number) ?? { sum: 0, rows: 0 };
    sums.set(parts[i] as number, { sum: part.sum + error, rows: part.rows + 1 });
    total += error * error;
  });
  const count = sums.size;
  let between = (-total / errors.length) * count;
  for (const { sum, rows } of sums.values()) between += (sum * sum) / rows;
  const share = count < 2 || total === 0 ? UNKNOWN_SHARE : Math.min(1, Math.max(0, between / total));
  const free = Math.max(1, count - 1);
  const t = 1 + 0.926 / free + 0.863 / free ** 2;
  return Math.sqrt(1 - share + share * t * t);
};

/** For each row the number of rows that share its part. */
const sizesOf = (parts: readonly number[]): number[] => {
  const sizes = new Map<number, number>();
  for (const part of parts) sizes.set(part, (sizes.get(part) ?? 0) + 1);
  return parts.map((part) => sizes.get(part) as number);
};
