/** Of each workflow the latest runs count, and of all workflows the latest ones: some 8 KB as text. */
const RUNS = 8;
const WORKFLOWS = 100;
/** A workflow's runs are played this often at most (ms). */
const EVERY_MS = 60_000;
/** One alone may be an accident. */
const LEAST_TRIALS = 2;
/** What is longer by more than this share has lost; so many of the trials may. */
const LOST = 0.01;
const MAY_LOSE = 0.2;
/** Against the forecast it takes more of them: the middle one gained clearly, and none lost anything to speak of. */
const MANY_TRIALS = 6;
const CLEAR_GAIN = 0.01;
const NO_LOSS = -0.005;

/**
 * Whether ranks pay, by what they gained in runs that have ended, and by what the forecast says: they are given up where they cost more than a few of
 * the runs something, or all of them together; they are taken where the forecast sees no gain but many of the runs had one.
 */
export const ranksPaid = (gains: readonly number[], byForecast: boolean): boolean => {
  if (gains.length < LEAST_TRIALS) return byForecast;
  const sum = gains.reduce((total, gain) => total + gain, 0);
  if (byForecast) return sum > 0 && gains.filter((gain) => gain < -LOST).length <= MAY_LOSE * gains.length;
  const sorted = gains.toSorted((a, b) => a - b);
  const [worst = 0, middle = 0] = [sorted[0], sorted[(sorted.length - 1) >> 1]];
  return gains.length >= MANY_TRIALS && worst >= NO_LOSS && middle > CLEAR_GAIN;
};

/** What is known of workflows, as plain data: the gains, the oldest first, and the slots of the pools on which the runs were played. */
export interface SavedTrials {
  readonly [workflow: string]: { readonly pools: readonly number[]; readonly gains: readonly number[] };
}

/**
 * How much sooner runs that have ended would have ended with their tasks in the order of their ranks, as they were forecast before, than in
 * that of their readiness: the rule is chosen by how it did so far (prequentially: Dawid, 1984). Forecasts err in ways that no noise
 * added to them shows, so it says more than playing the forecast does.
 */
export class RankTrials {
  /** By workflow, the one that was tried last at the end. */
  readonly #trials = new Map<string, SavedTrials[string]>();
  /** When a run of each was played last, in that order; only what still counts. */
  readonly #begunAt = new Map<string, number>();
  /** Whether something was added that nobody has stored yet; whoever stores it takes it back. */
  news = false;

  /** Gains of ranks in the workflow's latest runs, on these pools. */
  of(workflow: string, pools: readonly number[]): readonly number[] {
    const known = this.#trials.get(workflow);
    return known && sameNumbers(known.pools, pools) ? known.gains : [];
  }

  /** Whether a run that ends at `now` (ms) is to be played: one a minute of each workflow. */
  begin(workflow: string, now: number): boolean {
    for (const [name, at] of this.#begunAt) {
      if (now - at < EVERY_MS) break;
      this.#begunAt.delete(name);
    }
    if (this.#begunAt.has(workflow)) return false;
    this.#begunAt.set(workflow, now);
    return true;
  }

  /** A run that has ended would have gained so much. What was known on other pools says nothing of these. */
  add(workflow: string, pools: readonly number[], gain: number): void {
    const gains = [...this.of(workflow, pools), Math.round(gain * 1e4) / 1e4 || 0].slice(-RUNS);
    this.#put(workflow, { pools, gains });
    this.news = true;
  }

  save(): SavedTrials {
    return Object.fromEntries(this.#trials);
  }

  /** Takes in what others knew, or this one earlier; what this one has added and nobody has stored is kept. */
  restore(saved: SavedTrials): void {
    const own = this.news ? [...this.#trials] : [];
    for (const [workflow, each] of [...Object.entries(saved), ...own]) this.#put(workflow, each);
  }

  #put(workflow: string, trials: SavedTrials[string]): void {
    this.#trials.delete(workflow);
    this.#trials.set(workflow, trials);
    const [oldest] = this.#trials.keys();
    if (this.#trials.size > WORKFLOWS && oldest !== undefined) this.#trials.delete(oldest);
  }
}

const sameNumbers = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((each, n) => each === b[n]);
