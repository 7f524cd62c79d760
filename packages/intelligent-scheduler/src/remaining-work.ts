import type { PredictedWork } from "./order.ts";
import { meanOverMedian, type WorkflowForecast } from "./workflow-forecast.ts";

/** A kind's forecast counts as much as this many of its tasks that took what was predicted. */
const FORECAST_COUNTS = 1;
/** "This run takes longer than predicted" is believed of kinds not seen yet once some kinds say so: this many count as "as predicted". */
const KINDS_AS_PREDICTED = 8;

/**
 * The work that one run has left, in slot-seconds. Each task that ends corrects what is predicted for the rest of its kind in this run, and
 * less strongly what is predicted for the kinds that none has ended of: tasks of one run err together, because they work on the same data. What is
 * unsure is expected to take more than its middle, since it may take many times as long; each task that ends makes it surer. Constant time per task.
 */
export class RemainingWork implements PredictedWork {
  readonly #forecast: WorkflowForecast;
  #corrections: Corrections | undefined;

  constructor(forecast: WorkflowForecast) {
    this.#forecast = forecast;
  }

  get predicted(): number {
    return this.#forecast.total;
  }

  get remaining(): number {
    return this.#corrections?.remaining ?? this.#forecast.total;
  }

  get expected(): number {
    return this.#corrections?.expected ?? this.#forecast.expected;
  }

  get total(): number {
    return this.#corrections?.total ?? this.#forecast.total;
  }

  get path(): number {
    return this.#corrections?.path ?? this.#forecast.path;
  }

  /** A task has ended after so many seconds. Says whether it is the first of its kind in this run. */
  ended(task: number, seconds: number): boolean {
    return this.#corrected().ended(task, seconds);
  }

  /** A task will not run: skipped, cancelled, or ended before this was made. */
  dropped(task: number): void {
    this.#corrected().dropped(task);
  }

  /** A task turned into so many of its like. */
  expanded(task: number, count: number): void {
    this.#corrected().expanded(task, count);
  }

  /** Made with the first news: most runs in a queue have none yet. */
  #corrected(): Corrections {
    this.#corrections ??= new Corrections(this.#forecast);
    return this.#corrections;
  }
}

/** What the tasks that have ended say of those that have not. */
class Corrections {
  readonly #forecast: WorkflowForecast;
  /** By kind: predicted slot-seconds of tasks not ended; number, actual and predicted seconds of ended ones. */
  readonly #left: Float64Array;
  readonly #ended: Float64Array;
  readonly #took: Float64Array;
  readonly #predicted: Float64Array;
  /** By kind, once a task of it has ended: its share of `remaining` and of `expected`, and the logarithm of actual to predicted. */
  readonly #share: Float64Array;
  readonly #expectedShare: Float64Array;
  readonly #ratio: Float64Array;
  readonly #expanded = new Set<number>();
  #kindsSeen = 0;
  #ratios = 0;
  #leftOfSeen = 0;
  #expectedOfSeen = 0;
  #leftOfUnseen: number;
  /** The variances of the kinds that none has ended of, each times what it has left. */
  #varianceOfUnseen: number;
  #done = 0;
  // Kept, since orders ask for them far more often than tasks end.
  #remaining: number;
  #meanRemaining: number;
  #path: number;

  constructor(forecast: WorkflowForecast) {
    const { kindCount, work, variances } = forecast;
    this.#forecast = forecast;
    this.#left = work.slice();
    this.#ended = new Float64Array(kindCount);
    this.#took = new Float64Array(kindCount);
    this.#predicted = new Float64Array(kindCount);
    this.#share = new Float64Array(kindCount);
    this.#expectedShare = new Float64Array(kindCount);
    this.#ratio = new Float64Array(kindCount);
    this.#leftOfUnseen = forecast.total;
    this.#remaining = forecast.total;
    this.#meanRemaining = forecast.expected;
    this.#path = forecast.path;
    this.#varianceOfUnseen = work.reduce((sum, each, kind) => sum + each * (variances[kind] as number), 0);
  }

  get remaining(): number {
    return this.#remaining;
  }

  get expected(): number {
    return this.#meanRemaining;
  }

  get total(): number {
    return this.#done + this.#remaining;
  }

  get path(): number {
    return this.#path;
  }

  /** A task has ended after so many seconds. Says whether it is the first of its kind in this run. */
  ended(task: number, seconds: number): boolean {
    const { kinds, slots, seconds: predicted } = this.#forecast;
    const kind = kinds[task] as number;
    const first = this.#ended[kind] === 0;
    this.#done += seconds * (slots[task] as number);
    if (first) {
      this.#addToUnseen(kind, -(this.#left[kind] as number));
      this.#kindsSeen++;
    }
    this.#take(kind, task);
    add(this.#ended, kind, 1);
    add(this.#took, kind, seconds);
    add(this.#predicted, kind, predicted[task] as number);
    const half = 0.5 * (this.#forecast.means[kind] as number);
    const ratio = Math.log(((this.#took[kind] as number) + half) / ((this.#predicted[kind] as number) + half));
    this.#ratios += ratio - (this.#ratio[kind] as number);
    this.#ratio[kind] = ratio;
    this.#correct(kind);
    this.#settle();
    return first;
  }

  /** A task will not run: skipped, cancelled, or ended before this was made. Before it has expanded, all that it was to turn into won't. */
  dropped(task: number): void {
    const kind = this.#forecast.kinds[task] as number;
    const work = this.#take(kind, task, this.#expanded.has(task) ? 1 : (this.#forecast.counts[task] as number));
    this.#changed(kind, -work);
  }

  /** A task turned into so many of its like. */
  expanded(task: number, count: number): void {
    const kind = this.#forecast.kinds[task] as number;
    this.#expanded.add(task);
    const more =
      (count - (this.#forecast.counts[task] as number)) * (this.#forecast.seconds[task] as number) * (this.#forecast.slots[task] as number);
    add(this.#left, kind, more);
    this.#changed(kind, more);
  }

  get #runRatio(): number {
    return Math.exp(this.#ratios / (this.#kindsSeen + KINDS_AS_PREDICTED));
  }

  /** Takes a task, or the many that it would have turned into, out of what its kind has left; gives the predicted slot-seconds. */
  #take(kind: number, task: number, count = 1): number {
    const work = count * (this.#forecast.seconds[task] as number) * (this.#forecast.slots[task] as number);
    add(this.#left, kind, -work);
    return work;
  }

  /** A kind has so much more left, by what was predicted. */
  #changed(kind: number, work: number): void {
    if (this.#ended[kind] === 0) this.#addToUnseen(kind, work);
    else this.#correct(kind);
    this.#settle();
  }

  #addToUnseen(kind: number, work: number): void {
    this.#leftOfUnseen += work;
    this.#varianceOfUnseen += work * (this.#forecast.variances[kind] as number);
  }

  #correct(kind: number): void {
    const believed = FORECAST_COUNTS * (this.#forecast.means[kind] as number);
    const factor = ((this.#took[kind] as number) + believed * this.#runRatio) / ((this.#predicted[kind] as number) + believed);
    const share = Math.max(0, this.#left[kind] as number) * factor;
    const variance = (this.#forecast.variances[kind] as number) * (FORECAST_COUNTS / (FORECAST_COUNTS + (this.#ended[kind] as number)));
    const expected = share * meanOverMedian(variance);
    this.#leftOfSeen += share - (this.#share[kind] as number);
    this.#expectedOfSeen += expected - (this.#expectedShare[kind] as number);
    this.#share[kind] = share;
    this.#expectedShare[kind] = expected;
  }

  #settle(): void {
    const unseen = Math.max(0, this.#leftOfUnseen);
    const variance = unseen > 0 ? Math.max(0, this.#varianceOfUnseen) / unseen : 0;
    const surer = KINDS_AS_PREDICTED / (KINDS_AS_PREDICTED + this.#kindsSeen);
    const corrected = unseen * this.#runRatio;
    this.#remaining = Math.max(0, this.#leftOfSeen) + corrected;
    this.#meanRemaining = Math.max(0, this.#expectedOfSeen) + corrected * meanOverMedian(variance * surer);
    this.#path = this.#forecast.path * (this.total / this.#forecast.total);
  }
}

const add = (array: Float64Array, index: number, value: number): void => {
  array[index] = (array[index] as number) + value;
};
