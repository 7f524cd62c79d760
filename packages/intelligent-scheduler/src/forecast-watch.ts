import type { Demand, OrderPolicy } from "./order.ts";
import { workflowFifo } from "./policies/index.ts";

/** Runs that are looked at, the latest ones. */
const RUNS = 40;
/** Two runs are told apart once one is this many times as large as the other. */
const APART = 2;
/** Fewer pairs prove nothing. */
const LEAST_PAIRS = 20;
/**
 * Guessing is right half of the time, and does no harm: first tasks soon tell what a run takes. Forecasts that are right less often than this are not
 * followed, since they are wrong on the whole, until they are again as often as that.
 */
const FAILS_BELOW = 0.4;
const TRUSTED_FROM = 0.6;

interface Seen {
  readonly predicted: number;
  /** Logarithm of what is known by now of the run's work. */
  actual: number;
}

/** How well the forecasts have told the latest runs apart. */
export interface Standing {
  /** Share of pairs of runs of clearly different size that were put in the right order; NaN before there are any. */
  readonly accuracy: number;
  readonly pairs: number;
  readonly failing: boolean;
}

/** What a watch knows, as plain data of some 2 KB. */
export interface SavedWatch {
  readonly failing: boolean;
  /** Whether that holds what was not stored yet. */
  readonly news: boolean;
  /** By run, the oldest first: logarithms of what was predicted and of what is known by now. */
  readonly seen: readonly (readonly [run: string, predicted: number, actual: number])[];
}

/**
 * Follows the preferred policy as long as the forecasts put runs in the right order of size, and workflow FIFO at once when they don't; a
 * policy that needs no forecasts is followed in any case.
 * What counts is the order, so forecasts that are all too high by the same factor are as good as others. What a run takes is known soon after
 * its first tasks have ended, so it doesn't take the end of a run to find out.
 */
export class ForecastWatch {
  readonly #preferred: () => OrderPolicy;
  /** By run, the oldest first. */
  readonly #seen = new Map<string, Seen>();
  #right = 0;
  #pairs = 0;
  #failing = false;
  /** Whether something was observed that nobody has stored yet; whoever stores it takes it back. */
  news = false;

  constructor(preferred: () => OrderPolicy) {
    this.#preferred = preferred;
  }

  /** The policy in force. */
  get policy(): OrderPolicy {
    const preferred = this.#preferred();
    return this.#failing && preferred.predictive ? workflowFifo : preferred;
  }

  get standing(): Standing {
    return { accuracy: this.#right / this.#pairs, pairs: this.#pairs, failing: this.#failing };
  }

  /** More is known of what a run takes: a task has ended, the first of its kind in this run. Costs some 40 comparisons. */
  observe({ run, work }: Demand): void {
    this.news = true;
    let seen = this.#seen.get(run);
    const actual = Math.log(work.total);
    if (seen) {
      this.#count(seen, -1);
      seen.actual = actual;
    } else {
      // Room is made first: the oldest run has no pair yet with one that is not counted.
      if (this.#seen.size >= RUNS) this.#forget();
      seen = { predicted: Math.log(work.predicted), actual };
      this.#seen.set(run, seen);
    }
    this.#count(seen, 1);
    this.#judge();
  }

  save(): SavedWatch {
    const { news } = this;
    const digits = (value: number): number => Math.round(value * 1000) / 1000;
    const seen = [...this.#seen].map(([run, { predicted, actual }]) => [run, digits(predicted), digits(actual)] as const);
    return { failing: this.#failing, news, seen };
  }

  /** Takes in what another watch knew, or this one earlier; of a run that both know, this one knows more. */
  restore({ failing, news, seen }: SavedWatch): void {
    const own = [...this.#seen];
    if (own.length === 0) this.#failing = failing;
    this.news ||= news;
    this.#seen.clear();
    this.#pairs = 0;
    this.#right = 0;
    const others = seen.map(([run, predicted, actual]): [string, Seen] => [run, { predicted, actual }]);
    for (const [run, each] of new Map([...others, ...own])) {
      this.#seen.set(run, each);
      this.#count(each, 1);
      if (this.#seen.size > RUNS) this.#forget();
    }
    this.#judge();
  }

  #judge(): void {
    // Where no two of the latest runs differ, nothing speaks against forecasts any more, nor could speak for them.
    if (this.#pairs === 0 && this.#seen.size >= RUNS) this.#failing = false;
    if (this.#pairs < LEAST_PAIRS) return;
    const accuracy = this.#right / this.#pairs;
    this.#failing = this.#failing ? accuracy < TRUSTED_FROM : accuracy < FAILS_BELOW;
  }

  #forget(): void {
    const [oldest] = this.#seen;
    if (!oldest) return;
    this.#count(oldest[1], -1);
    this.#seen.delete(oldest[0]);
  }

  /** Adds the pairs of one run with all others, or takes them away. */
  #count(one: Seen, sign: 1 | -1): void {
    for (const other of this.#seen.values()) {
      if (other === one || Math.abs(one.actual - other.actual) < Math.log(APART)) continue;
      this.#pairs += sign;
      const agrees = (one.predicted - other.predicted) * (one.actual - other.actual);
      this.#right += sign * (agrees > 0 ? 1 : agrees < 0 ? 0 : 0.5);
    }
  }
}
