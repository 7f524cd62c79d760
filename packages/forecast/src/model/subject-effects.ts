import { Reservoir } from "../stats/reservoir.ts";
import type { Case, Outcome, Prediction } from "./case.ts";
import { History, KEPT } from "./history.ts";
import { NORMAL_95 } from "./intervals.ts";

/** Quantiles of a normal distribution at the probabilities that are forecast (track.ts). */
const NORMAL = [-NORMAL_95, 1.282, NORMAL_95] as const;

/** How one subject's work differs from other work of its name. */
export interface SubjectEffect {
  /** Logarithm of how many times as long it takes (or as much it needs). */
  readonly effect: number;
  /** Runs that tell it, the latest. */
  readonly runs: number;
}

/** How the subjects of a name differ. */
export interface NameSubjects {
  /** Variance of their effects. */
  readonly between: number;
  /** Variance of one subject over its runs, over `between`: the runs that no effect at all weighs against a subject's own. */
  readonly ratio: number;
  /** Share of `between` that was still unknown, on average, where the errors of forecasts were measured. */
  readonly unknown: number;
  readonly effects: ReadonlyMap<string, SubjectEffect>;
  /** Values as they came, where all else knows them without their subjects' effects. */
  readonly seen: History;
}

/** As it is saved. */
export type SavedSubjects = readonly (readonly [
  name: string,
  between: number,
  ratio: number,
  unknown: number,
  effects: readonly (readonly [subject: string, effect: number, runs: number])[],
  values: readonly number[],
  recent: readonly number[],
])[];

/**
 * What tells work of one name apart when nothing else does: what it works on. The same work on the same subject is likely to take as much longer
 * or shorter than others again. Effects are logarithms; learn-subjects.ts finds them.
 */
export class SubjectEffects {
  readonly #names: ReadonlyMap<string, NameSubjects>;

  constructor(names: ReadonlyMap<string, NameSubjects> = new Map()) {
    this.#names = names;
  }

  /** What is known of a case's subject; undefined where it is new, or its name's work doesn't differ by subject. */
  of({ names: [name], subject }: Pick<Case, "names" | "subject">): SubjectEffect | undefined {
    return name === undefined || subject === undefined ? undefined : this.#names.get(name)?.effects.get(subject);
  }

  /** What is known of all subjects of a name. */
  all(name: string | undefined): ReadonlyMap<string, SubjectEffect> {
    return this.#names.get(name ?? "")?.effects ?? new Map();
  }

  /** A name's values as they came; undefined where subjects change none. */
  seen(name: string): History | undefined {
    return this.#names.get(name)?.seen;
  }

  /** The value that an outcome would have had whatever its subject; takes it in as it came. */
  without(outcome: Outcome): number {
    this.#names.get(outcome.names[0] ?? "")?.seen.add(Number.NaN, outcome.value);
    return outcome.value - (this.of(outcome)?.effect ?? 0);
  }

  /** A prediction for a case whatever its subject, from its narrowest name, as one for its own. */
  shifted(prediction: Prediction, given: Pick<Case, "names" | "subject">): Prediction {
    const known = this.#names.get(given.names[0] ?? "");
    if (!known || prediction.level !== 0) return prediction;
    const { effect, runs } = this.of(given) ?? { effect: 0, runs: 0 };
    // Errors were measured where so much was unknown; of a subject that is newer, or not known, more is.
    const further = Math.sqrt(known.between * Math.max(0, known.ratio / (runs + known.ratio) - known.unknown));
    const point = prediction.point + effect;
    const quantiles = prediction.quantiles.map((quantile, i) => {
      const deviations = NORMAL[i] as number;
      return point + Math.sign(deviations) * Math.hypot(quantile - prediction.point, deviations * further);
    });
    return { ...prediction, point, quantiles };
  }

  save(): SavedSubjects {
    return [...this.#names].map(([name, { between, ratio, unknown, effects, seen }]) => {
      const saved = [...effects].map(([subject, { effect, runs }]) => [subject, effect, runs] as const);
      return [name, between, ratio, unknown, saved, seen.values.save(), seen.recent];
    });
  }

  static load(saved: SavedSubjects): SubjectEffects {
    const names = saved.map(([name, between, ratio, unknown, effects, values, recent]): [string, NameSubjects] => {
      const known = effects.map(([subject, effect, runs]): [string, SubjectEffect] => [subject, { effect, runs }]);
      const seen = Object.assign(new History(), { values: Reservoir.load(KEPT, values), recent: [...recent] });
      return [name, { between, ratio, unknown, effects: new Map(known), seen }];
    });
    return new SubjectEffects(new Map(names));
  }
}
