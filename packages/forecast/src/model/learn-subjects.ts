import type { Outcome } from "./case.ts";
import { History } from "./history.ts";
import { fitLine } from "./hold-out.ts";
import { lineAt, lineOf, PRIOR_SLOPE } from "./size-line.ts";
import { type NameSubjects, type SubjectEffect, SubjectEffects } from "./subject-effects.ts";

/** Latest runs that a subject's effect is made of: what it works on changes. */
const LATEST = 20;
/** Subjects kept of all names together. */
const MOST = 10_000;
/** Deviations by which runs of one subject must agree beyond chance: one name in a hundred does whose subjects don't differ. */
const SURE = 2.33;
/** Forecasts of runs held out must be better by this factor, or subjects don't differ: the better of two is overrated by chance. */
const MARGIN = 0.95;
/** The least variance within subjects, over that between them: no run tells one exactly. */
const LEAST_RATIO = 0.01;

/** By run, how far a subject's work was from its run's: the mean of logarithms. */
type Distances = ReadonlyMap<number, number>;

/** What was learned of subjects, and for each outcome what its subject's other runs tell of it: zero where they tell nothing. */
export interface LearnedSubjects {
  readonly effects: SubjectEffects;
  readonly heldOut: Float64Array;
}

/**
 * Learns by how much each subject's outcomes differ from others of their name: best linear unbiased predictions (Henderson 1975,
 * doi 10.2307/2529430; Robinson 1991, doi 10.1214/ss/1177011926), means over runs drawn to zero by the variance within subjects over that between
 * them, from an analysis of variance. Only names whose held-out runs are forecast better so have any.
 * @param run number of each outcome's run, in the order of time
 */
export const learnSubjects = (outcomes: readonly Outcome[], run: Int32Array): LearnedSubjects => {
  const heldOut = new Float64Array(outcomes.length);
  const names = new Map<string, NameSubjects>();
  let room = MOST;
  for (const [name, rows] of Map.groupBy(outcomes.keys(), (row) => outcomes[row]?.names[0])) {
    const told = rows.filter((row) => outcomes[row]?.subject !== undefined);
    if (name === undefined || new Set(told.map((row) => outcomes[row]?.subject)).size < 2) continue;
    const subjects = distancesOf(outcomes, told, run);
    const variances = variancesOf([...subjects.values()]);
    if (!variances) continue;
    const { between, ratio } = variances;
    // One more, so that as many are left without a row's own.
    const latest = new Map([...subjects].map(([subject, distances]) => [subject, [...distances].slice(-LATEST - 1)]));
    let unknown = 0;
    for (const row of told) {
      const others = (latest.get(outcomes[row]?.subject as string) ?? []).filter(([other]) => other !== run[row]).slice(-LATEST);
      heldOut[row] = drawn(
        others.map(([, distance]) => distance),
        ratio,
      );
      unknown += ratio / (others.length + ratio) / told.length;
    }
    const effects = [...latest].slice(-room).map(([subject, distances]): [string, SubjectEffect] => {
      const own = distances.slice(-LATEST).map(([, distance]) => distance);
      return [subject, { effect: drawn(own, ratio), runs: own.length }];
    });
    names.set(name, {
      between,
      ratio,
      unknown,
      effects: new Map(effects),
      seen: historyOf(rows.map((row) => outcomes[row]?.value as number)),
    });
    room -= effects.length;
    if (room <= 0) break;
  }
  return { effects: new SubjectEffects(names), heldOut };
};

const historyOf = (values: readonly number[]): History => {
  const history = new History();
  for (const value of values) history.add(Number.NaN, value);
  history.values.fill(values);
  return history;
};

/** The mean, drawn to zero as if so many more distances had been zero. */
const drawn = (distances: readonly number[], zeros: number): number =>
  distances.reduce((sum, distance) => sum + distance, 0) / (distances.length + zeros);

/** By subject, its distances: what the line on size leaves, less what its run has in common. What is alone in its run tells none. */
const distancesOf = (outcomes: readonly Outcome[], rows: readonly number[], run: Int32Array): Map<string, Distances> => {
  const rest = restOf(outcomes, rows, run);
  const sums = new Map<string, Map<number, { sum: number; rows: number }>>();
  for (const [number, members] of Map.groupBy(rows.keys(), (i) => run[rows[i] as number] as number)) {
    if (members.length < 2) continue;
    const common = members.reduce((sum, i) => sum + (rest[i] as number), 0) / members.length;
    for (const i of members) {
      const subject = outcomes[rows[i] as number]?.subject as string;
      const ofSubject = sums.get(subject) ?? new Map();
      sums.set(subject, ofSubject);
      const own = ofSubject.get(number) ?? { sum: 0, rows: 0 };
      ofSubject.set(number, { sum: own.sum + (rest[i] as number) - common, rows: own.rows + 1 });
    }
  }
  return new Map([...sums].map(([subject, runs]) => [subject, new Map([...runs].map(([number, { sum, rows }]) => [number, sum / rows]))]));
};

/** What the line on size leaves of each row; rows of no known size are taken as they are. */
const restOf = (outcomes: readonly Outcome[], rows: readonly number[], run: Int32Array): Float64Array => {
  const pick = (value: (row: number) => number): Float64Array => Float64Array.from(rows, value);
  const sizes = pick((row) => outcomes[row]?.size ?? Number.NaN);
  const values = pick((row) => outcomes[row]?.value ?? Number.NaN);
  const { sums } = fitLine({ sizes, values, part: Int32Array.from(rows, (row) => run[row] as number) });
  const line = lineOf(sums, PRIOR_SLOPE);
  return values.map((value, i) => value - (Number.isFinite(sizes[i]) ? lineAt(line, sizes[i] as number) : line.meanY));
};

/** The variances between subjects and within them; undefined where subjects don't differ, or too little is known to tell. */
const variancesOf = (subjects: readonly Distances[]): Pick<NameSubjects, "between" | "ratio"> | undefined => {
  const several = subjects.filter(({ size }) => size > 1).map((distances) => [...distances.values()].slice(-LATEST));
  let [products, chance, pairs, squares, runs] = [0, 0, 0, 0, 0];
  for (const distances of several) {
    const sum = distances.reduce((all, distance) => all + distance, 0);
    const square = distances.reduce((all, distance) => all + distance ** 2, 0);
    products += (sum ** 2 - square) / 2;
    chance += (square ** 2 - distances.reduce((all, distance) => all + distance ** 4, 0)) / 2;
    pairs += (distances.length * (distances.length - 1)) / 2;
    squares += square;
    runs += distances.length;
  }
  // By chance each run's distance may as well have the other sign (a randomization test, Fisher 1935): so far off would products of pairs be.
  if (!(products > SURE * Math.sqrt(chance))) return undefined;
  const between = products / pairs;
  const ratio = Math.max(LEAST_RATIO, squares / runs / between - 1);
  let [without, by] = [0, 0];
  for (const distances of several) {
    distances.forEach((distance, run) => {
      without += Math.abs(distance);
      by += Math.abs(distance - drawn(distances.toSpliced(run, 1), ratio));
    });
  }
  return by < MARGIN * without ? { between, ratio } : undefined;
};
