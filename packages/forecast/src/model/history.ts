import { latestMedian } from "../stats/latest-median.ts";
import { quantileOf } from "../stats/quantile.ts";
import { Reservoir } from "../stats/reservoir.ts";
import {
  addSums,
  followed,
  huberWeight,
  isLost,
  type Line,
  type LineSums,
  lineAt,
  lineBeyond,
  lineOf,
  noSums,
  PRIOR_SLOPE,
  type Range,
} from "./size-line.ts";

/** Values kept of a name's history. */
export const KEPT = 64;
/** Latest values, which a forecast falls back to after a drift. */
export const RECENT = 20;
/** Rows that a size line remembers: each new one fades the others by this share. */
const FADING = 1 - 1 / 1000;
/** Sizes are outside of those seen beyond this rounding. */
const SIZE_SLACK = 1e-9;

/** What is remembered of one name's values (logarithms of what is forecast) and of their sizes (logarithms, NaN if unknown). */
export class History {
  count = 0;
  mean = 0;
  /** Sum of squared distances from the mean (Welford). */
  squares = 0;
  values = new Reservoir(KEPT);
  /** The latest values, oldest first. */
  recent: number[] = [];
  sums: LineSums = noSums();
  smallestSize = Number.POSITIVE_INFINITY;
  largestSize = Number.NEGATIVE_INFINITY;
  /** The slope to which the line is drawn. */
  priorSlope: number;
  /** What a further row counts for beside those of the line. */
  #each = 1;
  #line: Line | undefined;
  #recentMedian = Number.NaN;

  constructor(priorSlope = PRIOR_SLOPE) {
    this.priorSlope = priorSlope;
  }

  /** @param scale typical error so far, by which an outlier is told */
  add(size: number, value: number, scale = Number.POSITIVE_INFINITY): void {
    this.count++;
    const distance = value - this.mean;
    this.mean += distance / this.count;
    this.squares += distance * (value - this.mean);
    this.values.add(value);
    this.recent.push(value);
    if (this.recent.length > RECENT) this.recent.shift();
    this.#recentMedian = Number.NaN;
    if (Number.isFinite(size)) {
      if (!this.#sized) this.setLine(noSums());
      this.smallestSize = Math.min(this.smallestSize, size);
      this.largestSize = Math.max(this.largestSize, size);
      this.#addToLine(size, value, scale);
    } else if (!this.#sized) this.#addToLine(0, value, scale);
  }

  /** Whether a size was ever known; until then the line is flat: the mean. */
  get #sized(): boolean {
    return this.largestSize > Number.NEGATIVE_INFINITY;
  }

  #addToLine(size: number, value: number, scale: number): void {
    const line = this.line();
    const weight = line ? huberWeight(Math.abs(value - lineAt(line, size)), scale) : 1;
    for (const key of Object.keys(this.sums) as (keyof LineSums)[]) this.sums[key] *= FADING;
    addSums(this.sums, size, value, weight * this.#each);
    this.#line = undefined;
  }

  /**
   * Puts in place the line that a robust fit found.
   * @param each what each of its rows counts for, and a further one
   */
  setLine(sums: LineSums, priorSlope = this.priorSlope, each = 1): void {
    this.sums = sums;
    this.priorSlope = priorSlope;
    this.#each = each;
    this.#line = undefined;
  }

  /** Forgets what was before the latest values, as after a lasting change. */
  restart(): void {
    this.values = new Reservoir(KEPT);
    for (const value of this.recent) this.values.add(value);
    for (const key of Object.keys(this.sums) as (keyof LineSums)[]) this.sums[key] *= 0.1;
    this.#line = undefined;
  }

  get deviation(): number {
    return this.count > 1 ? Math.sqrt(this.squares / (this.count - 1)) : Number.NaN;
  }

  median(): number {
    return quantileOf(this.values.sorted(), 0.5);
  }

  /** Of the latest values; NaN before any. */
  recentMedian(): number {
    if (Number.isNaN(this.#recentMedian)) this.#recentMedian = latestMedian(this.recent);
    return this.#recentMedian;
  }

  quantiles(probabilities: readonly number[]): number[] {
    return probabilities.map((probability) => quantileOf(this.values.sorted(), probability));
  }

  /** The line through sizes and values; none before any. */
  line(): Line | undefined {
    if (this.sums.w <= 0) return undefined;
    this.#line ??= lineOf(this.sums, this.priorSlope);
    return this.#line;
  }

  /** Whether a size is larger or smaller than any seen. */
  isOutside(size: number): boolean {
    return this.#sized && (size > this.largestSize + SIZE_SLACK || size < this.smallestSize - SIZE_SLACK);
  }

  /** What the size line says: the mean where no size was ever known, the median where only this one is not, or can't be. */
  lineOrMedian(size: number): number {
    const line = this.line();
    if (line && !this.#sized) return line.meanY;
    if (!line || !Number.isFinite(size) || isLost(this.#range, size)) return this.median();
    return lineBeyond(line, this.#range, size);
  }

  /** What an uncertain slope may be off by at a size: its deviation times the distance from where the line is sure. */
  slopeError(size: number): number {
    const line = this.line();
    return line ? line.slopeDeviation * Math.abs(followed(this.#range, size) - line.meanX) : 0;
  }

  get #range(): Range {
    return { least: this.smallestSize, most: this.largestSize };
  }

  save(): number[][] {
    const { w, x, y, xx, xy, yy } = this.sums;
    return [
      [this.count, this.mean, this.squares, this.smallestSize, this.largestSize, w, x, y, xx, xy, yy, this.priorSlope, this.#each],
      this.values.save(),
      this.recent,
    ];
  }

  static load([scalars = [], values = [], recent = []]: readonly number[][]): History {
    const history = new History();
    const [
      count = 0,
      mean = 0,
      squares = 0,
      smallestSize = Number.NaN,
      largestSize = Number.NaN,
      w = 0,
      x = 0,
      y = 0,
      xx = 0,
      xy = 0,
      yy = 0,
      priorSlope = PRIOR_SLOPE,
      each = 1,
    ] = scalars;
    Object.assign(history, { count, mean, squares, smallestSize, largestSize, recent: [...recent], values: Reservoir.load(KEPT, values) });
    history.setLine({ w, x, y, xx, xy, yy }, priorSlope, each);
    return history;
  }
}
