import type { Clock } from "@qmoi/core";
import type { Life } from "./life.ts";
import type { World } from "./world.ts";

/** How far a process's wall clock is off: ms at the beginning, and parts per million that it runs fast. */
export interface Skew {
  readonly offset: number;
  readonly ppm: number;
}

/** A process's clocks. The wall clock may be wrong and jump; the monotonic one counts the world's time from a moment of its own. */
export class VirtualClock implements Clock {
  readonly #world: World;
  readonly #life: Life;
  readonly #skew: () => Skew;
  readonly #zero: number;

  constructor(world: World, life: Life, skew: () => Skew, zero: number) {
    this.#world = world;
    this.#life = life;
    this.#skew = skew;
    this.#zero = zero;
  }

  now(): number {
    const { offset, ppm } = this.#skew();
    return Math.floor(this.#world.time + offset + (this.#world.now * ppm) / 1e6);
  }

  monotonic(): number {
    return this.#zero + this.#world.now;
  }

  after(ms: number, fn: () => void): () => void {
    return this.#world.after(ms, this.#life, () => this.#life.wakes("timer", fn));
  }
}
