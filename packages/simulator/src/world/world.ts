import { Heap } from "@qmoi/advanced-automation";
import type { SeededRandom } from "../random.ts";
import type { Life } from "./life.ts";

/** One thing that will happen. Those of one moment happen in an order that the seed decides. */
interface Step {
  at: number;
  readonly tie: number;
  /** Whose step it is: a dead life's steps never happen. */
  readonly life: Life | undefined;
  readonly run: () => void;
  cancelled: boolean;
}

export interface WorldOptions {
  readonly random: SeededRandom;
  /** Resolves when nothing is left to do in this turn: all promises that could settle have settled. */
  readonly settle: () => Promise<void>;
  /** The world's time at its beginning, in ms since 1970. */
  readonly epoch: number;
}

/**
 * Virtual time and one order of everything that happens. All concurrency of the simulated processes passes through `after`: a step runs
 * until nothing can go on without another step, then the seed picks the next one, or time advances to it.
 */
export class World {
  readonly random: SeededRandom;
  readonly epoch: number;
  /** Milliseconds since the beginning. */
  now = 0;
  steps = 0;
  /** Set when there is no point in going on. */
  ended = false;
  readonly #settle: () => Promise<void>;
  readonly #steps = new Heap<Step>((a, b) => a.at < b.at || (a.at === b.at && a.tie < b.tie));

  constructor({ random, settle, epoch }: WorldOptions) {
    this.random = random;
    this.epoch = epoch;
    this.#settle = settle;
  }

  /** The true time in ms since 1970; clocks of processes differ from it. */
  get time(): number {
    return this.epoch + this.now;
  }

  /** Lets `run` happen after `ms`, unless its life has ended by then. Returns a function that cancels. */
  after(ms: number, life: Life | undefined, run: () => void): () => void {
    const step: Step = { at: this.now + Math.max(0, ms), tie: this.random.next(), life, run, cancelled: false };
    this.#steps.push(step);
    return () => {
      step.cancelled = true;
    };
  }

  /** Goes on until `done` holds; false if it still doesn't at `limit` (ms of the world's time). */
  async until(done: () => boolean, limit: number): Promise<boolean> {
    for (;;) {
      await this.#settle();
      if (this.ended || done()) return done();
      const step = this.#next(limit);
      if (!step) {
        this.now = Math.max(this.now, limit);
        return done();
      }
      this.now = step.at;
      this.steps++;
      step.run();
    }
  }

  #next(limit: number): Step | undefined {
    for (let step = this.#steps.peek(); step && step.at <= limit; step = this.#steps.peek()) {
      this.#steps.pop();
      const { life } = step;
      if (step.cancelled || (life && !life.alive)) continue;
      if (!life || life.stalledUntil <= step.at) return step;
      // A stalled process does everything later, in the same order.
      step.at = life.stalledUntil + step.at * 1e-9;
      this.#steps.push(step);
    }
    return undefined;
  }
}
