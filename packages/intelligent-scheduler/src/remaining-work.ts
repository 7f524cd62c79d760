import type { FirstOfKind, PredictedWork } from "./order.ts";
import { meanOverMedian, type WorkflowForecast } from "./workflow-forecast.ts";

/** A kind's forecast counts as much as this many of its tasks that took what was predicted. */
const FORECAST_COUNTS = 1;
/**
 * "This run takes longer than predicted" is believed of kinds not seen yet once some kinds say so: this many count as "as predicted", and one alone
 * where all were forecast by what others took, since those err together.
 */
const KINDS_AS_PREDICTED = 8;

/**
 * The work that one run has left, in slot-seconds. Each task that ends corrects what is predicted for the rest of its kind in this run, and
 * less strongly what is predicted for the kinds that none has ended of: tasks of one run err together, because they work on the same data. What is
 * unsure is expected to take more than its middle, since it may take many times as long; each task that ends makes it surer. Constant time per task.
 */
export class RemainingWork implements PredictedWork {
  readonly #forecast: WorkflowForecast;
  #corrections: Corrections | undefined;
  /** By kind of which none has ended: how many run, since when the first of them does (ms), and how long it was to take. */
  #running: Map<number, { count: number; readonly since: number; readonly seconds: number }> | undefined;

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

  /**
   * A task has started at `now` (ms). Says whether that changes what the run counts as.
   * @param times here and below, how many times the seconds predicted of its definition it is predicted to take itself, as an instance
   */
  started(task: number, now: number, times = 1): boolean {
    const kind = this.#kindOf(task);
    if (this.#corrections?.seen(kind)) return false;
    this.#running ??= new Map();
    const running = this.#running.get(kind);
    if (running) running.count++;
    else this.#running.set(kind, { count: 1, since: now, seconds: times * (this.#forecast.seconds[task] as number) });
    return !running;
  }

  /** A task that had started runs no more, however it ended. */
  stopped(task: number): void {
    const kind = this.#kindOf(task);
    const running = this.#running?.get(kind);
    if (running && --running.count === 0) this.#running?.delete(kind);
  }

  /** What a task's kind is known by before the first one has ended in this run; undefined where that says nothing, or one has. */
  firstOf(task: number): FirstOfKind | undefined {
    const kind = this.#kindOf(task);
    const running = this.#running?.get(kind);
    const untried = this.#forecast.untried[kind] === 1;
    if ((!running && !untried) || this.#corrections?.seen(kind)) return undefined;
    const seconds = running?.seconds ?? (this.#forecast.seconds[task] as number);
    return { untried, seconds, expected: () => this.#expectedOf(kind), ...(running ? { since: running.since } : {}) };
  }

  /** A task has ended after so many seconds. Says whether it is the first of its kind in this run. */
  ended(task: number, seconds: number, times = 1): boolean {
    return this.#corrected().ended(task, seconds, times);
  }

  /** A task will not run: skipped, cancelled, or ended before this was made. */
  dropped(task: number, times = 1): void {
    this.#corrected().dropped(task, times);
  }

  /** A task turned into so many of its like: their `times`, added up. */
  expanded(task: number, count: number): void {
    this.#corrected().expanded(task, count);
  }

  #kindOf(task: number): number {
    return this.#forecast.kinds[task] as number;
  }

  /** What of `expected` is of a kind that none has ended of. */
  #expectedOf(kind: number): number {
    const { total, expected, work } = this.#forecast;
    return this.#corrections?.expectedOf(kind) ?? (expected * (work[kind] as number)) / total;
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
  readonly #kindsAsPredicted: number;
  #leftOfUnseen: number;
  /** The variances of the kinds that none has ended of, each times what it has left. */
  #varianceOfUnseen: number;
  #done = 0;
  // Kept, since orders ask for them far more often than tasks end.
  #remaining: number;
  #meanRemaining: number;
  #path: number;

  constructor(forecast: WorkflowForecast) {
    const { kindCount, work, variances, untried, total } = forecast;
    this.#forecast = forecast;
    this.#left = work.slice();
    this.#ended = new Float64Array(kindCount);
    this.#took = new Float64Array(kindCount);
    this.#predicted = new Float64Array(kindCount);
    this.#share = new Float64Array(kindCount);
    this.#expectedShare = new Float64Array(kindCount);
    this.#ratio = new Float64Array(kindCount);
    this.#kindsAsPredicted =
      KINDS_AS_PREDICTED ** (1 - work.reduce((sum, each, kind) => sum + each * (untried[kind] as number), 0) / total);
    this.#leftOfUnseen = total;
    this.#remaining = total;
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

  /** Whether a task of the kind has ended. */
  seen(kind: number): boolean {
    return (this.#ended[kind] as number) > 0;
  }

  /** What of `expected` is of a kind that none has ended of. */
  expectedOf(kind: number): number {
    return Math.max(0, this.#left[kind] as number) * this.#runRatio * this.#meanOverUnseen;
  }

  /** A task has ended after so many seconds. Says whether it is the first of its kind in this run. */
  ended(task: number, seconds: number, times: number): boolean {
    const { kinds, slots, seconds: predicted } = this.#forecast;
    const kind = kinds[task] as number;
    const first = this.#ended[kind] === 0;
    this.#done += seconds * (slots[task] as number);
    if (first) {
      this.#addToUnseen(kind, -(this.#left[kind] as number));
      this.#kindsSeen++;
    }
    this.#take(kind, task, times);
    add(this.#ended, kind, 1);
    add(this.#took, kind, seconds);
    add(this.#predicted, kind, times * (predicted[task] as number));
    const half = 0.5 * (this.#forecast.means[kind] as number);
    const ratio = Math.log(((this.#took[kind] as number) + half) / ((this.#predicted[kind] as number) + half));
    this.#ratios += ratio - (this.#ratio[kind] as number);
    this.#ratio[kind] = ratio;
    this.#correct(kind);
    this.#settle();
    return first;
  }

  /** A task will not run: skipped, cancelled, or ended before this was made. Before it has expanded, all that it was to turn into won't. */
  dropped(task: number, times: number): void {
    const kind = this.#forecast.kinds[task] as number;
    const work = this.#take(kind, task, this.#expanded.has(task) ? times : (this.#forecast.counts[task] as number));
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
    return Math.exp(this.#ratios / (this.#kindsSeen + this.#kindsAsPredicted));
  }

  /** Takes a task, or the many that it would have turned into, out of what its kind has left; gives the predicted slot-seconds. */
  #take(kind: number, task: number, count: number): number {
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

  /** The mean over the middle of what the kinds that none has ended of may take. */
  get #meanOverUnseen(): number {
    const variance = this.#leftOfUnseen > 0 ? Math.max(0, this.#varianceOfUnseen) / this.#leftOfUnseen : 0;
    const surer = this.#kindsAsPredicted / (this.#kindsAsPredicted + this.#kindsSeen);
    return meanOverMedian(variance * surer);
  }

  #settle(): void {
    const corrected = Math.max(0, this.#leftOfUnseen) * this.#runRatio;
    this.#remaining = Math.max(0, this.#leftOfSeen) + corrected;
    this.#meanRemaining = Math.max(0, this.#expectedOfSeen) + corrected * this.#meanOverUnseen;
    this.#path = this.#forecast.path * (this.total / this.#forecast.total);
  }
}

const add = (array: Float64Array, index: number, value: number): void => {
  array[index] = (array[index] as number) + value;
};
