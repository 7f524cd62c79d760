import { Agenda } from "./agenda.ts";
import { type Candidate, type Demand, type OrderPolicy, olderFirst, type Ranked, scoreOf, standingScore } from "./order.ts";

/** How long something large may be overtaken by smaller work before its place is kept free. */
export const PATIENCE_MS = 30_000;
/** How many runs that don't fit are passed over in one go. */
export const LOOKAHEAD = 16;

/** Scores that a decision computes anew at most: after a pause all may be due, and what a decision takes is to stay below a millisecond. */
const MOST_RESCORED = 500;

/** A run, as far as the order looks at it. */
export interface Contender {
  readonly demand: Demand;
  readonly ranked: Ranked;
}

/** What became of a task that stood first: it starts; nothing at all fits; or it doesn't, but something smaller may. */
export type Outcome = "started" | "full" | "unfit";

export interface RunQueueParts<R extends Contender> {
  /** May change at any time; the order follows at the next `fill`. */
  readonly policy: () => OrderPolicy;
  /** Slots of the pool. */
  readonly slots: () => number;
  /** The run's first task of this pool that may start; undefined when there is none any more. */
  readonly next: (run: R) => number | undefined;
}

interface Place<R> extends Candidate {
  readonly run: R;
  task: number;
  slots: number;
  score: number;
  /** When the score no longer holds (ms); infinite if time doesn't change it. */
  until: number;
  /** Where it lies in the heap; -1 while it has nothing to start. */
  at: number;
  /** Where it lies in the agenda. */
  bucket: number;
}

/**
 * The runs that have something to start in one pool, in the policy's order: a binary heap in which each run knows its place. A decision
 * costs the logarithm of the runs; a score that ages is computed anew once it no longer holds, so many a decision, those first that are due
 * for longest. Runs with equal scores stand as in workflow FIFO. One large task that doesn't fit is overtaken for a while, then everything behind it waits until it fits.
 */
export class RunQueue<R extends Contender> {
  readonly #parts: RunQueueParts<R>;
  /** Kept for as long as the run is: a Map grows slow where the same keys come and go. */
  readonly #places = new WeakMap<R, Place<R>>();
  readonly #heap: Place<R>[] = [];
  readonly #agenda = new Agenda<Place<R>>();
  #policy: OrderPolicy;
  #slots: number;
  /** What stood first and didn't fit, and since when (ms). */
  #blocked: { readonly run: R; readonly task: number; readonly since: number } | undefined;

  constructor(parts: RunQueueParts<R>) {
    this.#parts = parts;
    this.#policy = parts.policy();
    this.#slots = parts.slots();
  }

  /** Runs that may have something to start. */
  get size(): number {
    return this.#heap.length;
  }

  /** The run may have something new to start, or what is known of it has changed. */
  touch(run: R, now: number): void {
    const task = this.#parts.next(run);
    let place = this.#places.get(run);
    if (task === undefined) {
      if (place && place.at >= 0) this.#takeOut(place);
      return;
    }
    if (!place) {
      place = { run, demand: run.demand, ranked: run.ranked, task, slots: 0, score: 0, until: 0, at: -1, bucket: -1 };
      this.#places.set(run, place);
    }
    place.task = task;
    if (place.at >= 0) this.#rescore(place, now);
    else {
      place.slots = this.#slots;
      place.score = this.#score(place, now);
      this.#putIn(place);
    }
  }

  /** Offers tasks in order to `start` until nothing more fits. */
  fill(now: number, start: (run: R, task: number) => Outcome): void {
    this.#refresh(now, MOST_RESCORED);
    const passed: Place<R>[] = [];
    for (let place = this.#heap[0]; place; place = this.#heap[0]) {
      const task = this.#parts.next(place.run);
      if (task === undefined) {
        this.#takeOut(place);
        continue;
      }
      if (task !== place.task) {
        place.task = task;
        if (this.#policy.byTask && this.#rescore(place, now)) continue;
      }
      const outcome = start(place.run, task);
      if (outcome === "full") break;
      if (outcome === "started") {
        if (this.#blocked?.run === place.run && this.#blocked.task === task) this.#blocked = undefined;
        continue;
      }
      if (this.#outOfPatience(place, now, passed.length === 0) || passed.length >= LOOKAHEAD) break;
      this.#takeOut(place);
      passed.push(place);
    }
    for (const place of passed) if (place.at < 0) this.#putIn(place);
  }

  /** The runs in their order; for explanations and tests, since it sorts. */
  order(now: number): R[] {
    this.#refresh(now);
    return [...this.#heap].sort((a, b) => (before(a, b) ? -1 : 1)).map(({ run }) => run);
  }

  /** The same with the task that each would start next; a policy that goes by tasks sees the present ones. */
  candidates(now: number): (Candidate & { readonly run: R })[] {
    this.#refresh(now);
    const known = this.#heap.flatMap((place) => {
      const task = this.#parts.next(place.run);
      if (task === undefined) return [];
      const candidate = { ...place, task };
      return [{ ...candidate, score: standingScore(this.#policy, candidate, now) }];
    });
    return known
      .sort((a, b) => (before(a, b) ? -1 : 1))
      .map(({ run, demand, ranked, task, slots }) => ({ run, demand, ranked, task, slots }));
  }

  /** Patience is for the run that stands first: another one there means that the last one needs none any more. */
  #outOfPatience({ run, task }: Place<R>, now: number, first: boolean): boolean {
    const same = this.#blocked?.run === run && this.#blocked.task === task;
    if (!same && first) this.#blocked = { run, task, since: now };
    return same && now - (this.#blocked?.since ?? now) > PATIENCE_MS;
  }

  /** Another policy or size of the pool has changed every score, the time some. */
  #refresh(now: number, most = Number.POSITIVE_INFINITY): void {
    const policy = this.#parts.policy();
    const slots = this.#parts.slots();
    if (policy === this.#policy && slots === this.#slots) {
      for (const place of this.#agenda.take(now, most)) this.#rescore(place, now);
      return;
    }
    this.#policy = policy;
    this.#slots = slots;
    for (const place of this.#heap) {
      place.slots = slots;
      place.score = this.#score(place, now);
    }
    for (let at = (this.#heap.length >> 1) - 1; at >= 0; at--) this.#down(this.#heap[at] as Place<R>);
  }

  /** Computes a score, and notes until when it holds. */
  #score(place: Place<R>, now: number): number {
    const span = this.#policy.holds?.(place, now);
    place.until = span?.until ?? Number.POSITIVE_INFINITY;
    this.#agenda.put(place);
    return scoreOf(this.#policy, place, span?.from ?? now);
  }

  /** Says whether the run has moved. */
  #rescore(place: Place<R>, now: number): boolean {
    const score = this.#score(place, now);
    if (score === place.score) return false;
    const { at } = place;
    const later = score > place.score;
    place.score = score;
    if (later) this.#down(place);
    else this.#up(place);
    return place.at !== at;
  }

  #takeOut(place: Place<R>): void {
    const { at } = place;
    const last = this.#heap.pop() as Place<R>;
    place.at = -1;
    this.#agenda.takeOut(place);
    if (last === place) return;
    last.at = at;
    this.#heap[at] = last;
    this.#down(last);
    this.#up(last);
  }

  #putIn(place: Place<R>): void {
    place.at = this.#heap.length;
    this.#heap.push(place);
    this.#agenda.put(place);
    this.#up(place);
  }

  #up(place: Place<R>): void {
    const heap = this.#heap;
    let { at } = place;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const other = heap[above] as Place<R>;
      if (!before(place, other)) break;
      heap[at] = other;
      other.at = at;
      at = above;
    }
    heap[at] = place;
    place.at = at;
  }

  #down(place: Place<R>): void {
    const heap = this.#heap;
    let { at } = place;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && before(heap[below + 1] as Place<R>, heap[below] as Place<R>)) below++;
      const other = heap[below] as Place<R>;
      if (!before(other, place)) break;
      heap[at] = other;
      other.at = at;
      at = below;
    }
    heap[at] = place;
    place.at = at;
  }
}

const before = <R>(a: Place<R>, b: Place<R>): boolean => (a.score === b.score ? olderFirst(a.demand, b.demand) : a.score < b.score);
