import { Forecaster, type ForecasterOptions } from "../forecaster.ts";
import type { TaskRecord } from "../task-features.ts";

/** What to learn from, and what is in force. */
export interface CandidateJob {
  /** In the order of time. */
  readonly records: readonly TaskRecord[];
  /** The forecaster in force, as it was promoted. */
  readonly current?: Forecaster;
  readonly options: ForecasterOptions;
}

/** How run-time forecasts of a forecaster fared on the history that was held back. */
export interface HeldBackScore {
  /** Mean pinball loss of point, interval and upper bound, of the logarithm: what a promotion is decided by. */
  readonly loss: number;
  /** Share of values inside their 90% interval. */
  readonly coverage: number;
  /** Median of |forecast - actual| / actual. */
  readonly mdape: number;
}

export interface Candidate {
  /** Learned from all records, held back ones last; present only if it is better than what is in force. */
  readonly forecaster?: Forecaster;
  readonly score: HeldBackScore;
  /** Of the forecaster in force, on the same records. */
  readonly current?: HeldBackScore;
  readonly trained: number;
  readonly heldBack: number;
}

/** Share of the records that is held back: the latest. */
const HELD_BACK = 0.2;
/** Fewest records to learn from and to judge by. */
const LEAST_TRAIN = 20;
const LEAST_HELD_BACK = 5;

/**
 * Trains a forecaster on the older part of the history, and judges it beside the one in force by the latest part, which is held back as whole runs
 * where there are several.
 * If it is better (or the first), it then takes in what was held back; undefined where there is too little history.
 */
export const trainCandidate = ({ records, current, options }: CandidateJob): Candidate | undefined => {
  const held = heldBack(records);
  const older = records.filter((_, i) => !held.has(i));
  const latest = records.filter((_, i) => held.has(i));
  if (older.length < LEAST_TRAIN || latest.length < LEAST_HELD_BACK) return undefined;
  const forecaster = Forecaster.train(older, options);
  const score = judge(forecaster, latest);
  const rival = current && judge(current, latest);
  const told = { score, ...(rival ? { current: rival } : {}), trained: older.length, heldBack: latest.length };
  // A forecaster that knows nothing of these records has no loss, and any is better.
  if (rival && !(score.loss < rival.loss || Number.isNaN(rival.loss))) return told;
  for (const record of latest) forecaster.observe(record);
  forecaster.refresh();
  return { ...told, forecaster };
};

/**
 * The latest records by index: whole runs, since a run's tasks resemble each other, without those too large to learn from the rest. Where whole runs
 * leave too little to judge by or to learn from, as in a history of one run, the latest fifth of the records.
 */
const heldBack = (records: readonly TaskRecord[]): Set<number> => {
  const held = new Set<number>();
  const ofRun = Map.groupBy(records.keys(), (i) => records[i]?.run ?? `record ${i}`);
  const latestFirst = [...ofRun.values()].sort((a, b) => (b.at(-1) as number) - (a.at(-1) as number));
  for (const members of latestFirst) {
    if (held.size >= HELD_BACK * records.length) break;
    if (held.size + members.length > records.length / 2) continue;
    for (const i of members) held.add(i);
  }
  if (held.size >= LEAST_HELD_BACK && records.length - held.size >= LEAST_TRAIN) return held;
  return new Set([...records.keys()].slice(Math.floor((1 - HELD_BACK) * records.length)));
};

const pinball = (actual: number, quantile: number, probability: number): number =>
  Math.max(probability * (actual - quantile), (1 - probability) * (quantile - actual));

/** Judges forecasts that learn nothing meanwhile. */
const judge = (forecaster: Forecaster, records: readonly TaskRecord[]): HeldBackScore => {
  let loss = 0;
  let inside = 0;
  const relative: number[] = [];
  for (const record of records) {
    const forecast = forecaster.predict(record);
    if (!forecast) continue;
    const [actual, point, lo, p90, hi] = [record.seconds, forecast.point, forecast.lo, forecast.p90, forecast.hi].map((seconds) =>
      Math.log(Math.max(0.01, seconds)),
    ) as [number, number, number, number, number];
    loss += (pinball(actual, lo, 0.05) + pinball(actual, point, 0.5) + pinball(actual, p90, 0.9) + pinball(actual, hi, 0.95)) / 4;
    if (lo <= actual && actual <= hi) inside++;
    relative.push(Math.abs(Math.expm1(point - actual)));
  }
  const n = relative.length;
  return { loss: loss / n, coverage: inside / n, mdape: relative.sort((a, b) => a - b)[n >> 1] ?? Number.NaN };
};
