import { COVERAGE } from "../coverage.ts";
import { Reservoir } from "../stats/reservoir.ts";
import { KEPT, RECENT } from "./history.ts";
import { PageHinkley } from "./page-hinkley.ts";

/** How a forecast is made: the median of all that is remembered or of the latest values, the line on size, the forest. Each must earn its place against those before it. */
export const METHODS = ["median", "recent", "linear", "forest"] as const;
export type Method = (typeof METHODS)[number];

/** Quantiles that are forecast: the ends of the interval that holds 90%, and the 90% upper bound. */
export const BOUND = 0.9;
export const PROBABILITIES = [0.05, BOUND, 0.95] as const;
export const BOUND_INDEX = 1;

/** Errors counted in full; older ones fade (prequential error with a fading factor, Gama et al. 2013, doi 10.1007/s10994-012-5320-9). */
const COUNTED = 200;
/** Rows whose mean absolute error is taken for granted at first. */
const PRIOR_ROWS = 3;
/** How fast the width follows coverage: a miss widens by 4.6%, a hit narrows by half a percent, so that it rests where one in ten misses (Gibbs and Candès 2021, arxiv 2106.00170). */
const WIDTH_STEP = 0.05;
const WIDEST = 16;
const NARROWEST = 0.5;
/** Cases after which coverage is believed; over half of them fade per so many cases. */
const COVERAGE_ROWS = 50;

/** Errors of a method on rows that it was not told of. */
export interface ErrorSample {
  readonly absolute: readonly number[];
  /** By reservoir, then by row. */
  readonly residuals: readonly (readonly number[])[];
  /** By reservoir, then by row: what it counts for among the residuals; 1 where absent. */
  readonly weights?: readonly (readonly number[])[];
  /** How many independent parts the rows come from. */
  readonly parts: number;
  /** How many draws these are of what the parts have in common; as many as parts where absent. */
  readonly draws?: number;
  /** The deviation that a part to come adds to them; none where absent. */
  readonly unseen?: number;
}

/** Errors of one method. */
export interface MethodErrors {
  /** Sum of absolute errors, and its weight. */
  sum: number;
  weight: number;
  /** Independent parts (runs) that they come from: what a ranking of methods rests on. */
  parts: number;
  /** Draws of what these parts have in common: what the likelihood of a method rests on. */
  draws: number;
  /** The deviation that a further part adds to them, since few parts tell little of the next one. */
  unseen: number;
  /** Value minus what the method says: of its quantiles by probability, if it has them, and last of its point; without, of its point for the interval and for the bound. */
  readonly residuals: readonly Reservoir[];
}

export const residualsOf = (method: Method): number => (method === "forest" ? PROBABILITIES.length + 1 : 2);
const noErrors = (method: Method, size: number): MethodErrors => ({
  sum: 0,
  weight: 0,
  parts: 0,
  draws: 0,
  unseen: 0,
  residuals: Array.from({ length: residualsOf(method) }, () => new Reservoir(size)),
});

/** How the forecasts of a name fared. */
export class Track {
  readonly size: number;
  errors: Record<Method, MethodErrors>;
  /** What the width of intervals is multiplied with. */
  widening = 1;
  /** Faded share of values inside their interval, and its weight. */
  inside = 0;
  watched = 0;
  /** Cases for which forecasts still fall back to the latest values. */
  drifting = 0;
  drifts = 0;
  #hinkley = new PageHinkley();

  constructor(size = KEPT) {
    this.size = size;
    this.errors = Object.fromEntries(METHODS.map((method) => [method, noErrors(method, size)])) as Record<Method, MethodErrors>;
  }

  /** Takes in an absolute error of a method and its residuals, one a reservoir. */
  addError(method: Method, absolute: number, residuals: readonly number[]): void {
    const errors = this.errors[method];
    const keep = errors.weight >= COUNTED ? 1 - 1 / COUNTED : 1;
    errors.sum = errors.sum * keep + absolute;
    errors.weight = errors.weight * keep + 1;
    errors.unseen *= Math.sqrt(errors.parts / (errors.parts + 1));
    errors.parts = Math.min(COUNTED, errors.parts + 1);
    errors.draws = Math.min(COUNTED, errors.draws + 1);
    errors.residuals.forEach((reservoir, i) => {
      reservoir.add(residuals[i] as number);
    });
  }

  /** Puts errors in place of what was known of a method. */
  setErrors(method: Method, { absolute, residuals, weights, parts, draws = parts, unseen = 0 }: ErrorSample): void {
    const errors = this.errors[method];
    errors.weight = Math.min(COUNTED, absolute.length);
    errors.sum = (errors.weight * absolute.reduce((sum, error) => sum + error, 0)) / Math.max(1, absolute.length);
    errors.parts = Math.min(COUNTED, parts);
    errors.draws = Math.min(COUNTED, draws);
    errors.unseen = unseen;
    errors.residuals.forEach((reservoir, i) => {
      reservoir.fill(residuals[i] ?? [], weights?.[i]);
    });
  }

  /** Mean absolute error of a method, drawn to a prior while there are few. */
  meanError(method: Method, prior: number): number {
    const { sum, weight } = this.errors[method];
    return (sum + PRIOR_ROWS * prior) / (weight + PRIOR_ROWS);
  }

  /** Takes in how a forecast that was given fared; true if this raises the drift alarm. */
  watch(inside: boolean, deviations: number): boolean {
    const keep = this.watched >= COVERAGE_ROWS ? 1 - 1 / COVERAGE_ROWS : 1;
    this.inside = this.inside * keep + (inside ? 1 : 0);
    this.watched = this.watched * keep + 1;
    const missed = inside ? 0 : 1;
    this.widening = clamp(this.widening * Math.exp(WIDTH_STEP * (missed - (1 - COVERAGE))), NARROWEST, WIDEST);
    if (this.drifting > 0) this.drifting--;
    if (!this.#hinkley.add(deviations)) return false;
    this.drifts++;
    this.drifting = RECENT;
    for (const method of METHODS) Object.assign(this.errors[method], { sum: 0, weight: 0, parts: 0, draws: 0 });
    return true;
  }

  /** Share of the latest values inside their intervals; NaN before any. */
  get coverage(): number {
    return this.watched > 0 ? this.inside / this.watched : Number.NaN;
  }

  save(): number[][] {
    const { widening, inside, watched, drifting, drifts } = this;
    const scalars = [
      widening,
      inside,
      watched,
      drifting,
      drifts,
      ...METHODS.flatMap((m) => [
        this.errors[m].sum,
        this.errors[m].weight,
        this.errors[m].parts,
        this.errors[m].draws,
        this.errors[m].unseen,
      ]),
    ];
    return [scalars, this.#hinkley.save(), ...METHODS.flatMap((m) => this.errors[m].residuals.map((reservoir) => reservoir.save()))];
  }

  static load([scalars = [], hinkley = [], ...residuals]: readonly number[][], size = KEPT): Track {
    const track = new Track(size);
    const [widening = 1, inside = 0, watched = 0, drifting = 0, drifts = 0, ...sums] = scalars;
    Object.assign(track, { widening, inside, watched, drifting, drifts });
    track.#hinkley = PageHinkley.load(hinkley);
    METHODS.forEach((method, m) => {
      const reservoirs = residuals.splice(0, residualsOf(method)).map((numbers) => Reservoir.load(size, numbers));
      const [sum = 0, weight = 0, parts = 0, draws = 0, unseen = 0] = sums.slice(5 * m);
      track.errors[method] = { sum, weight, parts, draws, unseen, residuals: reservoirs };
    });
    return track;
  }
}

const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value));
