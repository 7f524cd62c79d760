import type { Forecast } from "../forecast.ts";
import { Prng } from "../forest/prng.ts";
import { quantileOf } from "../stats/quantile.ts";
import { groundsOf, type Horizon } from "./horizon.ts";
import { normalQuantile, normalShare, quantileAfter, type Spread, spreadOf } from "./spread.ts";

/** A task of a run that has not ended. */
export interface OpenTask {
  readonly forecast: Forecast | undefined;
  /** What it is: the errors of tasks of one kind have something in common. */
  readonly kind: string;
  /** Seconds since it began; undefined while it doesn't run. */
  readonly elapsed?: number;
  /** Seconds before which it doesn't start. */
  readonly notBefore?: number;
  readonly pool: string;
  readonly slots: number;
  /** Indexes among the open tasks that must have ended first. */
  readonly needs: readonly number[];
  /** Tasks with a higher one start first. */
  readonly rank: number;
  /** It will turn into as many of its like as one of these says, as likely one as another; one if there are none. */
  readonly copies?: readonly number[];
}

/** Tasks played in all: bounds the time to some 100 ms. */
const PLAYED = 300_000;
const MOST_ROUNDS = 200;
const LEAST_ROUNDS = 20;
/** Share of a kind's variance that its tasks in a run have in common. */
const COMMON = 0.5;
/** What a task takes that nothing is known of. */
const UNKNOWN: Spread = { point: 1, below: 1, above: 1 };

/**
 * When a run will have ended: plays its open tasks through the pools' slots many times, with run times drawn from their forecasts, and takes the
 * quantiles of the ends. The same tasks and seed give the same answer. Undefined where nothing is known of any task.
 * @param slots of each pool that this run may take; one that is not named has as many as are asked for
 */
export const runForecast = (tasks: readonly OpenTask[], slots: ReadonlyMap<string, number>, seed: number): Horizon | undefined => {
  const known = tasks.flatMap(({ forecast }) => (forecast ? [forecast] : []));
  const grounds = groundsOf(known);
  if (!grounds) return undefined;
  const player = new Player(tasks, slots);
  const prng = new Prng(seed);
  const played = tasks.reduce((sum, { copies = [] }) => sum + Math.max(1, ...copies), 0);
  const rounds = Math.min(MOST_ROUNDS, Math.max(LEAST_ROUNDS, Math.floor(PLAYED / played)));
  const ends = Float64Array.from({ length: rounds }, () => player.play(prng)).sort();
  const tail = (1 - grounds.coverageTarget) / 2;
  const [lo, point, hi] = [tail, 0.5, 1 - tail].map((probability) => quantileOf(ends, probability)) as [number, number, number];
  return { point, lo, hi, ...grounds, tasks: tasks.length, unknown: tasks.length - known.length };
};

/** Plays the same tasks again and again. */
class Player {
  readonly #tasks: readonly OpenTask[];
  readonly #spreads: readonly Spread[];
  readonly #kinds: Int32Array;
  readonly #kindCount: number;
  readonly #children: readonly number[][];
  readonly #slots: ReadonlyMap<string, number>;
  /** The place of each task when those that start first come first. */
  readonly #order: Int32Array;

  constructor(tasks: readonly OpenTask[], slots: ReadonlyMap<string, number>) {
    this.#tasks = tasks;
    this.#slots = slots;
    this.#spreads = tasks.map(({ forecast }) => (forecast ? spreadOf(forecast) : UNKNOWN));
    const numbers = new Map<string, number>();
    this.#kinds = Int32Array.from(tasks, ({ kind }) => {
      const number = numbers.get(kind) ?? numbers.size;
      numbers.set(kind, number);
      return number;
    });
    this.#kindCount = numbers.size;
    const children: number[][] = tasks.map(() => []);
    tasks.forEach(({ needs }, task) => {
      for (const need of needs) children[need]?.push(task);
    });
    this.#children = children;
    this.#order = new Int32Array(tasks.length);
    [...tasks.keys()]
      .sort((a, b) => (tasks[b] as OpenTask).rank - (tasks[a] as OpenTask).rank || a - b)
      .forEach((task, place) => {
        this.#order[task] = place;
      });
  }

  /** Seconds from now until the last one ends. */
  play(prng: Prng): number {
    const common = Float64Array.from({ length: this.#kindCount }, () => normalQuantile(prng.next() || 0.5));
    const missing = Int32Array.from(this.#tasks, ({ needs }) => needs.length);
    const open = new Int32Array(this.#tasks.length).fill(1);
    const free = new Map(this.#slots);
    const ready = new Map<string, MinHeap>();
    const running = new MinHeap();
    let last = 0;
    const begin = (task: number, now: number): void => {
      const { elapsed = 0 } = this.#tasks[task] as OpenTask;
      const z =
        Math.sqrt(COMMON) * (common[this.#kinds[task] as number] as number) + Math.sqrt(1 - COMMON) * normalQuantile(prng.next() || 0.5);
      running.push(now + quantileAfter(this.#spreads[task] as Spread, elapsed, normalShare(z)) - elapsed, task);
    };
    const offer = (task: number): void => {
      const { pool, copies = [] } = this.#tasks[task] as OpenTask;
      const heap = ready.get(pool) ?? new MinHeap();
      ready.set(pool, heap);
      if (copies.length > 0) open[task] = Math.max(1, copies[Math.floor(prng.next() * copies.length)] as number);
      for (let copy = 0; copy < (open[task] as number); copy++) heap.push(this.#order[task] as number, task);
    };
    const start = (now: number): void => {
      for (const [pool, heap] of ready) {
        while (heap.size > 0) {
          const task = heap.peek();
          const { slots } = this.#tasks[task] as OpenTask;
          const left = free.get(pool) ?? Number.POSITIVE_INFINITY;
          // What never fits is played as if it did: its pool may be another one by then.
          if (left < slots && left < (this.#slots.get(pool) ?? Number.POSITIVE_INFINITY)) break;
          heap.pop();
          free.set(pool, left - slots);
          begin(task, now);
        }
      }
    };
    this.#tasks.forEach(({ elapsed, notBefore = 0, pool, slots }, task) => {
      if (elapsed !== undefined) {
        free.set(pool, (free.get(pool) ?? Number.POSITIVE_INFINITY) - slots);
        begin(task, 0);
      } else if (missing[task] === 0) {
        if (notBefore > 0) running.push(notBefore, -1 - task);
        else offer(task);
      }
    });
    start(0);
    while (running.size > 0) {
      const now = running.least;
      const task = running.pop();
      if (task < 0) offer(-1 - task);
      else {
        last = now;
        const { pool, slots } = this.#tasks[task] as OpenTask;
        free.set(pool, (free.get(pool) ?? Number.POSITIVE_INFINITY) + slots);
        open[task] = (open[task] as number) - 1;
        if (open[task] === 0)
          for (const child of this.#children[task] as number[]) {
            missing[child] = (missing[child] as number) - 1;
            if (missing[child] === 0) offer(child);
          }
      }
      start(now);
    }
    return last;
  }
}

/** A binary heap of numbers by key, the least first; equal ones in no promised but always the same order. */
class MinHeap {
  readonly #keys: number[] = [];
  readonly #values: number[] = [];

  get size(): number {
    return this.#keys.length;
  }

  get least(): number {
    return this.#keys[0] as number;
  }

  peek(): number {
    return this.#values[0] as number;
  }

  push(key: number, value: number): void {
    let at = this.#keys.length;
    this.#keys.push(key);
    this.#values.push(value);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((this.#keys[parent] as number) <= key) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#keys[at] = key;
    this.#values[at] = value;
  }

  pop(): number {
    const value = this.#values[0] as number;
    const key = this.#keys.pop() as number;
    const moved = this.#values.pop() as number;
    const size = this.#keys.length;
    if (size === 0) return value;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && (this.#keys[child + 1] as number) < (this.#keys[child] as number)) child++;
      if ((this.#keys[child] as number) >= key) break;
      this.#move(child, at);
      at = child;
    }
    this.#keys[at] = key;
    this.#values[at] = moved;
    return value;
  }

  #move(from: number, to: number): void {
    this.#keys[to] = this.#keys[from] as number;
    this.#values[to] = this.#values[from] as number;
  }
}
