import type { Regressor } from "../forest/engine.ts";
import type { Feature } from "../forest/samples.ts";
import { quantileOf } from "../stats/quantile.ts";
import { Reservoir } from "../stats/reservoir.ts";
import type { Case, Outcome, Prediction } from "./case.ts";
import { forestFeatures, forestRow } from "./forest-row.ts";
import { History } from "./history.ts";
import { afterDrift, correction, deviationsOf, ENOUGH_RESIDUALS, extrapolation, NORMAL_95, noFurther, ordered } from "./intervals.ts";
import { sharesOf } from "./shares.ts";
import { PRIOR_SLOPE } from "./size-line.ts";
import { SubjectEffects } from "./subject-effects.ts";
import { BOUND, METHODS, type Method, PROBABILITIES, Track } from "./track.ts";

/** What is known of one name: its values, and how forecasts of them fared. */
export interface Profile {
  readonly history: History;
  readonly track: Track;
}

/** What a method says of a case: a point, and as `raw` the quantiles that it knows itself, by probability, if any, and last the point. */
export interface Candidate {
  readonly point: number;
  readonly raw: readonly number[];
}
export type Candidates = {
  readonly median: Candidate;
  readonly recent: Candidate;
  readonly linear: Candidate;
  readonly forest?: Candidate;
};

/** Residuals pooled over the names of a level. */
export const POOLED = 1024;
/** Runs from which the latest values may answer: those of one run alone say little of the next. */
const RECENT_PARTS = 10;
/** Error assumed when nothing is known: a factor of e. */
const UNKNOWN_ERROR = 1;
/** Names kept at a level: about 4 KB each. */
const MAX_NAMES = 5000;
/** Outcomes kept for the next refresh. */
const FRESH = 5000;
/** Intervals wider than calibrated by this factor are said to be widened. */
const WIDENED = 1.5;

/** Outcomes of a name that say how users err in what they declare: a thousand of one must not speak for the rest. */
const SPEAKING = 8;

/**
 * Forecasts the logarithm of one quantity from what is remembered by name, from lines on input size and from a regression of what the lines leave.
 * Levels go from narrow to wide; the narrowest one that knows a case's name answers. The last level is reached by all cases.
 */
export class QuantityModel {
  readonly levels: readonly string[];
  /** Of `Case.row`. */
  readonly features: readonly Feature[];
  /** By level, by name. */
  readonly profiles: readonly Map<string, Profile>[];
  /** By level: mean errors over its names, and their residuals in units of each name's own mean error. */
  pools: readonly Track[];
  /** Logarithms of actual to declared. */
  declaredRatios = new Reservoir(POOLED);
  /** Predicts what the narrowest level's line leaves; rows as forest-row.ts makes them. */
  regressor: Regressor | undefined;
  /** How much of the latest values' distance from the median is left where forecasts are asked for: 1 for what comes next. */
  persistence = 1;
  /** How work of the narrowest names differs by what it is on; all else is learned of what that leaves. */
  subjects = new SubjectEffects();
  /** How values grow with sizes, to which each name's line is drawn: of logarithms. */
  slope = PRIOR_SLOPE;
  /** The number by which the regressor knows a narrowest name. */
  readonly codes = new Map<string, number>();
  /** Rows and what the line left of them, for the next refresh of the regressor. */
  #fresh: { readonly row: Float64Array; readonly rest: number }[] = [];

  constructor(levels: readonly string[], features: readonly Feature[]) {
    this.levels = levels;
    this.features = features;
    this.profiles = levels.map(() => new Map());
    this.pools = levels.map(() => new Track(POOLED));
  }

  /** The forecast; undefined while nothing at all is known. */
  predict(given: Case): Prediction | undefined {
    const prediction = this.#predictAny(given);
    return prediction && this.subjects.shifted(prediction, given);
  }

  /** Whatever its subject is. */
  #predictAny(given: Case): Prediction | undefined {
    const level = this.levels.findIndex((_, index) => (this.profileAt(index, given)?.history.count ?? 0) > 0);
    const named = level >= 0 && (level < this.levels.length - 1 || level === 0);
    if (!named && Number.isFinite(given.declared)) return this.#fromDeclaration(given.declared);
    const profile = level < 0 ? undefined : this.profileAt(level, given);
    if (!profile) return undefined;
    return profile.track.drifting > 0
      ? afterDrift(level, profile.history, profile.track.widening)
      : this.#fromProfile(given, level, profile);
  }

  /** Learns an outcome: how the forecast and each method fared on it, then the value itself. */
  observe(whole: Outcome): void {
    if (!Number.isFinite(whole.value)) return;
    this.#watch(whole);
    const outcome = { ...whole, value: this.subjects.without(whole) };
    this.#keepForRefresh(outcome);
    this.levels.forEach((_, level) => {
      const profile = this.profileAt(level, outcome);
      if (profile && profile.history.count > 0)
        this.#addErrors(level, profile.track, outcome.value, this.candidates(outcome, level, profile));
    });
    this.remember(outcome);
  }

  /** Adds a value to the histories of its names, without judging any method by it. */
  remember(outcome: Outcome): void {
    this.levels.forEach((_, level) => {
      const name = this.nameAt(level, outcome);
      if (name === undefined) return;
      const profiles = this.profiles[level] as Map<string, Profile>;
      const profile = profiles.get(name) ?? { history: new History(this.slope), track: new Track() };
      // The name goes to the end of the map: the first one is the one not seen for longest, and makes room.
      profiles.delete(name);
      profiles.set(name, profile);
      if (profiles.size > MAX_NAMES) profiles.delete(profiles.keys().next().value as string);
      profile.history.add(outcome.size, outcome.value, this.meanError(level, profile.track, "linear"));
    });
    const ofName = this.profileAt(0, outcome)?.history.count ?? 0;
    if (Number.isFinite(outcome.declared) && ofName <= SPEAKING) this.declaredRatios.add(outcome.value - outcome.declared);
  }

  /** Lets the regressor's leaves follow what was observed since the last time. */
  refresh(): void {
    if (!this.regressor || this.#fresh.length === 0) return;
    const features = forestFeatures(this.features);
    const columns = features.map((_, f) => Float64Array.from(this.#fresh, ({ row }) => row[f] as number));
    this.regressor = this.regressor.refresh({ features, columns, target: Float64Array.from(this.#fresh, ({ rest }) => rest) });
    this.#fresh = [];
  }

  nameAt(level: number, given: Case): string | undefined {
    return level === this.levels.length - 1 ? "" : given.names[level];
  }

  profileAt(level: number, given: Case): Profile | undefined {
    const name = this.nameAt(level, given);
    return name === undefined ? undefined : this.profiles[level]?.get(name);
  }

  /** A method's mean absolute error for a name, leaning on its level's while there are few. */
  meanError(level: number, track: Track, method: Method): number {
    return Math.max(1e-6, track.meanError(method, this.#pooledError(level, method)));
  }

  /** What each method says of a case from a level's history. The forest speaks only for the narrowest level: that is what it learned. */
  candidates(given: Case, level: number, { history }: Profile): Candidates {
    const median = history.median();
    const linear = history.lineOrMedian(given.size);
    const recent = between(median, history.recentMedian(), this.persistence);
    const simple: Candidates = {
      median: { point: median, raw: [median, median] },
      recent: { point: recent, raw: [recent, recent] },
      linear: { point: linear, raw: [linear, linear] },
    };
    if (!this.regressor || level > 0) return simple;
    const row = forestRow(given, this.codes.get(this.nameAt(0, given) as string), history);
    const point = linear + this.regressor.predict(row);
    const quantiles = Array.from(this.regressor.quantiles(row, PROBABILITIES), (residual) => linear + residual);
    return { ...simple, forest: { point, raw: [...quantiles, point] } };
  }

  /** What each method's answer weighs. A size outside of all seen is for the line alone. */
  shares(given: Case, level: number, { history, track }: Profile, candidates: Candidates): Map<Method, number> {
    if (history.isOutside(given.size)) return new Map([["linear", 1]]);
    const few = track.errors.recent.parts < RECENT_PARTS;
    const offered = METHODS.filter((method) => candidates[method] && !(few && method === "recent"));
    const pooled = (method: Method): number => this.#pooledError(level, method);
    return sharesOf(offered, track, pooled, (this.profiles[level]?.size ?? 0) > 1);
  }

  /** Pools a method's errors over names of a level: each name counts by what it keeps, so that no large one speaks for all. */
  poolErrors(level: number, method: Method, profiles: readonly Profile[]): void {
    const pool = this.pools[level] as Track;
    const kept = profiles.map(({ track }) => track.errors[method]);
    const absolute = kept.flatMap(({ sum, weight, residuals }) => new Array<number>(residuals[0]?.length ?? 0).fill(sum / weight));
    const sample = { absolute, parts: profiles.length };
    // First the mean errors, on which the names' units lean.
    pool.setErrors(method, { ...sample, residuals: [] });
    const residuals = pool.errors[method].residuals.map((_, index) =>
      profiles.flatMap(({ track }) => {
        const unit = this.meanError(level, track, method);
        return (track.errors[method].residuals[index] as Reservoir).numbers.map((residual) => residual / unit);
      }),
    );
    pool.setErrors(method, { ...sample, residuals });
  }

  #pooledError(level: number, method: Method): number {
    return (this.pools[level] as Track).meanError(method, UNKNOWN_ERROR);
  }

  #fromProfile(given: Case, level: number, profile: Profile): Prediction {
    const { history, track } = profile;
    const candidates = this.candidates(given, level, profile);
    const shares = this.shares(given, level, profile, candidates);
    const unsure = history.isOutside(given.size) ? extrapolation(given.size, history) : 0;
    const answers = [...shares].map(([method, share]) => {
      const candidate = candidates[method] as Candidate;
      const quantiles = this.#quantilesOf(level, track, method, candidate, unsure);
      return { method, share, point: candidate.point, quantiles, error: this.meanError(level, track, method) };
    });
    const mean = (of: (answer: (typeof answers)[number]) => number): number => {
      // From the first one on, so that what all agree on stays exact.
      const first = of(answers[0] as (typeof answers)[number]);
      return answers.reduce((sum, answer) => sum + answer.share * (of(answer) - first), first);
    };
    const point = mean((answer) => answer.point);
    const averaged = PROBABILITIES.map((_, i) => mean((answer) => answer.quantiles[i] as number));
    const held = ordered(point, averaged);
    const quantiles = history.count < ENOUGH_RESIDUALS ? noFurther(point, held, () => this.#ofAll(given, level)) : held;
    const { method } = answers.reduce((most, answer) => (answer.share > most.share ? answer : most));
    const state = track.widening > WIDENED ? "widened" : "steady";
    return { point, quantiles, level, method, backtestError: mean(({ error }) => error), observations: history.count, state };
  }

  /** What is known of all tasks together, from a narrower level. */
  #ofAll(given: Case, level: number): Prediction | undefined {
    const last = this.levels.length - 1;
    const profile = level < last ? this.profileAt(last, given) : undefined;
    return profile && this.#fromProfile(given, last, profile);
  }

  /** A method's quantiles, moved by what it was off by on rows that it did not see. */
  #quantilesOf(level: number, track: Track, method: Method, { point, raw }: Candidate, unsure: number): number[] {
    const meanError = this.meanError(level, track, method);
    const pool = (this.pools[level] as Track).errors[method];
    const errors = track.errors[method];
    return PROBABILITIES.map((probability, i) => {
      const moved = correction(errors, pool, meanError, i, probability);
      const reach = (raw[i] ?? (raw[0] as number)) + moved - point;
      // An interval must hold its share of a run to come, whatever that has in common; the bound is to be near, too.
      const unknown = Math.hypot(unsure, probability === BOUND ? 0 : NORMAL_95 * errors.unseen);
      const further = Math.sign(probability - 0.5) * (Math.hypot(reach, unknown) - Math.abs(reach));
      return point + (reach + further) * track.widening;
    });
  }

  #fromDeclaration(declared: number): Prediction {
    const ratios = this.declaredRatios.sorted();
    const known = ratios.length >= ENOUGH_RESIDUALS;
    const middle = known ? quantileOf(ratios, 0.5) : 0;
    const reach = (probability: number): number =>
      known ? this.declaredRatios.conformalQuantile(probability) : 2.5 * UNKNOWN_ERROR * Math.sign(probability - 0.5);
    const point = declared + middle;
    const quantiles = ordered(
      point,
      PROBABILITIES.map((probability) => declared + reach(probability)),
    );
    const backtestError = known ? ratios.reduce((sum, ratio) => sum + Math.abs(ratio - middle), 0) / ratios.length : UNKNOWN_ERROR;
    return { point, quantiles, level: -1, method: "declared", backtestError, observations: ratios.length, state: "steady" };
  }

  #keepForRefresh(outcome: Outcome): void {
    const history = this.profileAt(0, outcome)?.history;
    if (!this.regressor || !history) return;
    const row = forestRow(outcome, this.codes.get(this.nameAt(0, outcome) as string), history);
    this.#fresh.push({ row, rest: outcome.value - history.lineOrMedian(outcome.size) });
    if (this.#fresh.length > FRESH) this.#fresh.shift();
  }

  #addErrors(level: number, track: Track, value: number, candidates: Candidates): void {
    for (const method of METHODS) {
      const candidate = candidates[method];
      if (!candidate) continue;
      const unit = this.meanError(level, track, method);
      const residuals = candidate.raw.map((quantile) => value - quantile);
      const absolute = Math.abs(value - candidate.point);
      const inUnits = residuals.map((residual) => residual / unit);
      this.pools[level]?.addError(method, absolute, inUnits);
      track.addError(method, absolute, residuals);
    }
  }

  /** Judges the forecast that would have been given. */
  #watch(outcome: Outcome): void {
    const prediction = this.predict(outcome);
    const profile = prediction && this.profileAt(prediction.level, outcome);
    if (!profile) return;
    const [low = 0, , high = 0] = prediction.quantiles;
    const inside = low <= outcome.value && outcome.value <= high;
    const { method } = prediction;
    const usual = method === "declared" ? undefined : profile.track.errors[method].residuals.at(-1);
    if (profile.track.watch(inside, deviationsOf(outcome.value - prediction.point, usual))) profile.history.restart();
  }
}

/** The number that lies a share of the way from one to another. */
export const between = (from: number, to: number, share: number): number => (share === 1 ? to : from + share * (to - from));
