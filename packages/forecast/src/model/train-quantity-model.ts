import type { RegressorEngine, Training } from "../forest/engine.ts";
import type { OutOfBag } from "../forest/out-of-bag.ts";
import { Prng } from "../forest/prng.ts";
import type { Feature } from "../forest/samples.ts";
import type { Outcome } from "./case.ts";
import { forestFeatures, forestRow } from "./forest-row.ts";
import { fitLine, type HeldOut, holdOut } from "./hold-out.ts";
import { judge, type Opinions } from "./judge.ts";
import { judgedLater } from "./judged-later.ts";
import { learnSubjects } from "./learn-subjects.ts";
import { QuantityModel } from "./quantity-model.ts";
import { slopeOver } from "./size-line.ts";
import { PROBABILITIES } from "./track.ts";

/** How to learn a model. */
export interface ModelOptions {
  /** From narrow to wide. */
  readonly levels: readonly string[];
  /** Of `Case.row`. */
  readonly features: readonly Feature[];
  readonly engine: RegressorEngine;
  readonly seed: number;
  readonly trees?: number;
  readonly minLeaf?: number;
  /** How far ahead of the history forecasts will be asked for, as a share of its length; absent where they are asked for what comes next. Methods are judged so where time makes a difference. */
  readonly ahead?: number;
  /** Whether the outcomes are in no order that means something: then there are no latest ones. */
  readonly unordered?: boolean;
}

/** Without runs, history is cut into so many stretches of time, and each is held out as a whole: neighbours in time resemble each other (Künsch 1989). */
const STRETCHES = 32;
/** A stream of its own, apart from those that grow trees. */
const SHUFFLE = -1;
/** A forest of fewer rows would learn nothing that the line and the median don't say. */
const FOREST_ROWS = 30;
/** Share of the squared error that is left at least when all trees answer. */
const LEAST_LEFT = 0.5;

/**
 * Learns from outcomes in the order of time. Each method is judged by what it says of runs that it did not see:
 * median and line by leaving the run out of their sums, the forest by the trees whose bootstrap left the run out.
 */
export const trainQuantityModel = (
  outcomes: readonly Outcome[],
  options: ModelOptions,
): { model: QuantityModel; training: Training | undefined } => {
  const model = new QuantityModel(options.levels, options.features);
  const whole = outcomes.filter((outcome) => Number.isFinite(outcome.value));
  const run = numberRuns(whole, options);
  const { effects, heldOut } = learnSubjects(whole, run);
  model.subjects = effects;
  // What a subject's other runs tell is taken away; all else learns the rest, and is judged by it.
  const known = whole.map(({ subject: _, ...outcome }, row) => ({ ...outcome, value: outcome.value - (heldOut[row] as number) }));
  const rows = replay(model, known, run, options);
  const opinions: Opinions[] = options.levels.map((_, level) => {
    const part = level === 0 ? run : numberNames(model, level - 1, known, run);
    const { median, recent, linear } = holdOutLevel(model, level, known, part);
    const latest = options.unordered ? recent.fill(Number.NaN) : recent;
    return { median: [median], recent: [latest], linear: [linear], part };
  });
  const narrow = opinions[0];
  const base = narrow?.linear[0];
  // A name met once has no line that leaves something to learn.
  if (narrow && base && base.filter(Number.isFinite).length >= FOREST_ROWS) {
    const training = trainOnRest(known, rows, run, base, options);
    const names = known.map((outcome) => model.nameAt(0, outcome));
    narrow.forest = forestOpinions(known, names, base, training.outOfBag(PROBABILITIES));
    model.regressor = training.regressor;
    judgeOver(model, known, opinions, options);
    return { model, training };
  }
  judgeOver(model, known, opinions, options);
  return { model, training: undefined };
};

const judgeOver = (model: QuantityModel, known: readonly Outcome[], opinions: Opinions[], options: ModelOptions): void => {
  const [narrow, ...wider] = opinions;
  const { ahead, ...now } = options;
  const earlier = (rows: readonly Outcome[]): QuantityModel => trainQuantityModel(rows, now).model;
  const later = narrow && ahead ? judgedLater(known, narrow, earlier, ahead) : undefined;
  model.persistence = later?.persistence ?? 1;
  judge(model, known, later ? [later, ...wider] : opinions);
};

/** What the forest says without the row's run, moved towards what came by as much as all trees are better for the name than those that did not see the run. */
const forestOpinions = (
  outcomes: readonly Outcome[],
  names: readonly (string | undefined)[],
  base: Float64Array,
  { mean, quantiles, excess }: OutOfBag,
): Float64Array[] => {
  const errors = mean.map((rest, row) => (outcomes[row] as Outcome).value - (base[row] as number) - rest);
  const moved = new Float64Array(outcomes.length);
  for (const members of Map.groupBy(outcomes.keys(), (row) => names[row]).values()) {
    const rows = members.filter((row) => Number.isFinite(errors[row]));
    const squares = rows.reduce((sum, row) => sum + (errors[row] as number) ** 2, 0);
    const gone = rows.reduce((sum, row) => sum + (excess[row] as number), 0);
    const ratio = squares > 0 ? Math.sqrt(Math.max(LEAST_LEFT, 1 - gone / squares)) : 1;
    for (const row of rows) moved[row] = (errors[row] as number) * (1 - ratio);
  }
  return [mean, ...quantiles].map((rests) => rests.map((rest, row) => (base[row] as number) + rest + (moved[row] as number)));
};

/** Numbers the runs; stretches of time stand in where runs are not named, and single rows where there is no order. */
const numberRuns = (outcomes: readonly Outcome[], { unordered }: Pick<ModelOptions, "unordered">): Int32Array => {
  const numbers = new Map<string, number>();
  const stretch = unordered ? 1 : Math.max(1, Math.ceil(outcomes.length / STRETCHES));
  return Int32Array.from(outcomes, ({ run }, row) => {
    const name = run === undefined ? `stretch ${Math.floor(row / stretch)}` : `run ${run}`;
    const number = numbers.get(name) ?? numbers.size;
    numbers.set(name, number);
    return number;
  });
};

/**
 * Numbers the names of a level; a wider level is asked only for a name that is new, so there a name is held out as a whole. Where names belong to
 * one run each, a new one comes with a run that is new: then whole runs are.
 */
const numberNames = (model: QuantityModel, level: number, outcomes: readonly Outcome[], run: Int32Array): Int32Array => {
  const numbers = new Map<string, number>();
  const runsOf = new Map<number, Set<number>>();
  const named = Int32Array.from(outcomes, (outcome, row) => {
    const name = model.nameAt(level, outcome);
    const key = name === undefined ? `run ${run[row]}` : `name ${name}`;
    const number = numbers.get(key) ?? numbers.size;
    numbers.set(key, number);
    const runs = runsOf.get(number) ?? new Set();
    runsOf.set(number, runs.add(run[row] as number));
    return number;
  });
  const nested = named.reduce((rows, number) => rows + +(runsOf.get(number)?.size === 1), 0);
  return nested > outcomes.length / 2 && new Set(run).size < numbers.size ? run : named;
};

/**
 * Fills the histories run by run; a run's rows see what was known before it. Runs in no order of time come in one drawn by chance: in a sorted
 * table the rows before one tell it, and nothing before a row to forecast does (Prokhorenkova et al. 2018, arxiv.org/abs/1706.09516).
 */
const replay = (
  model: QuantityModel,
  outcomes: readonly Outcome[],
  run: Int32Array,
  { unordered, seed }: Pick<ModelOptions, "unordered" | "seed">,
): Float64Array[] => {
  for (const outcome of outcomes) {
    const name = model.nameAt(0, outcome);
    if (name !== undefined && !model.codes.has(name)) model.codes.set(name, model.codes.size);
  }
  const rows: Float64Array[] = new Array(outcomes.length);
  const runs = [...Map.groupBy(outcomes.keys(), (row) => run[row] as number).values()];
  for (const members of unordered ? new Prng(seed, SHUFFLE).shuffled(runs) : runs) {
    for (const row of members) {
      const outcome = outcomes[row] as Outcome;
      rows[row] = forestRow(outcome, model.codes.get(model.nameAt(0, outcome) as string), model.profileAt(0, outcome)?.history);
    }
    for (const row of members) model.remember(outcomes[row] as Outcome);
  }
  return rows;
};

/** What a level's histories say of each row without its part; also gives them their final lines. */
const holdOutLevel = (model: QuantityModel, level: number, outcomes: readonly Outcome[], part: Int32Array): HeldOut => {
  const median = new Float64Array(outcomes.length).fill(Number.NaN);
  const [recent, linear] = [median.slice(), median.slice()];
  const named = [...Map.groupBy(outcomes.keys(), (row) => model.nameAt(level, outcomes[row] as Outcome))].flatMap(([name, members]) => {
    if (name === undefined) return [];
    const pick = (value: (outcome: Outcome) => number): Float64Array =>
      Float64Array.from(members, (row) => value(outcomes[row] as Outcome));
    const column = {
      sizes: pick((o) => o.size),
      values: pick((o) => o.value),
      part: Int32Array.from(members, (row) => part[row] as number),
    };
    return [{ name, members, fit: fitLine(column) }];
  });
  if (level === 0) model.slope = slopeOver(named.map(({ fit }) => fit.sums));
  for (const { name, members, fit } of named) {
    const held = holdOut(fit, model.slope);
    members.forEach((row, i) => {
      median[row] = held.median[i] as number;
      recent[row] = held.recent[i] as number;
      linear[row] = held.linear[i] as number;
    });
    const history = model.profiles[level]?.get(name)?.history;
    history?.setLine(fit.sums, model.slope, fit.sums.w / members.length);
    history?.values.fill(fit.column.values);
  }
  return { median, recent, linear };
};

/** Learns what the narrowest level's lines leave; a row without a line has nothing to teach. */
const trainOnRest = (
  outcomes: readonly Outcome[],
  rows: readonly Float64Array[],
  run: Int32Array,
  base: Float64Array,
  options: ModelOptions,
): Training => {
  const features = forestFeatures(options.features);
  const columns = features.map((_, f) => Float64Array.from(rows, (row) => row[f] as number));
  const target = Float64Array.from(outcomes, ({ value }, row) => value - (base[row] as number));
  const { engine, seed, trees, minLeaf } = options;
  return engine.train({ features, columns, target, groups: run }, { seed, trees, minLeaf });
};
