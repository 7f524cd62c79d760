import { ThrottledError, UnavailableError } from "@qmoi/core";
import type { Call, Drawn, Faults } from "./faults.ts";
import type { World } from "./world.ts";

/** A call that a directed scene keeps from being made, until it lets it go. */
export interface Held {
  readonly life: Life;
  readonly call: Call;
  readonly go: () => void;
  /** The caller gets no answer: the call is made, or never. */
  readonly lose: (made: boolean) => void;
}

export interface LifeParts {
  readonly world: World;
  readonly faults: Faults;
  /** How long a call's request or answer takes, in ms. */
  readonly latency: () => number;
  readonly died: (life: Life) => void;
  /** Takes the call if it is to be held. */
  readonly hold: (held: Held) => boolean;
  readonly trace: (life: Life, text: string) => void;
}

const SLOW_MS = [300, 6_000] as const;

/**
 * One process from its start to its crash. All that it does outside itself is a call: a step before the operation and a step after it, with
 * the world's other steps between. After a crash none of its steps happens any more, so that its code never goes on.
 */
export class Life {
  /** Unique over all lives: the worker's id in leases. */
  readonly id: string;
  alive = true;
  stalledUntil = 0;
  readonly #parts: LifeParts;

  constructor(id: string, parts: LifeParts) {
    this.id = id;
    this.#parts = parts;
  }

  crash(): void {
    if (!this.alive) return;
    this.alive = false;
    this.#parts.trace(this, "crashed");
    this.#parts.died(this);
  }

  /** What it waited for besides its calls comes, unless it crashes at that very moment. */
  wakes(by: string, go: () => void): void {
    if (this.#parts.faults.happens("crash-waiting", by)) this.crash();
    else go();
  }

  /** Does nothing for so long; then everything at once. */
  stall(ms: number): void {
    this.stalledUntil = this.#parts.world.now + ms;
    this.#parts.trace(this, `stalled for ${Math.round(ms)} ms`);
  }

  /**
   * Makes a call. `apply` is the operation itself, in one step; `stale`, if given, is what the call answers when the fault is a stale
   * answer.
   */
  call<T>(call: Call, apply: () => Promise<T>, stale?: () => T): Promise<T> {
    const { faults, world, latency, hold } = this.#parts;
    const drawn = faults.ofCall(call);
    return new Promise<T>((resolve, reject) => {
      const go = (): void => this.#apply(call, drawn, apply, stale, resolve, reject);
      const slow = drawn?.fault === "slow" ? this.#slow(drawn) : 0;
      world.after(latency() + slow, this, () => {
        const fail = (): void => reject(new UnavailableError("simulated: lost"));
        const lose = (made: boolean): void => void (made ? apply().then(fail, fail) : fail());
        if (!hold({ life: this, call, go, lose })) go();
      });
    });
  }

  #slow({ place }: Drawn): number {
    const { world, faults } = this.#parts;
    faults.hit("slow", place);
    return world.random.between(...SLOW_MS);
  }

  #apply<T>(
    call: Call,
    drawn: Drawn | undefined,
    apply: () => Promise<T>,
    stale: (() => T) | undefined,
    resolve: (value: T) => void,
    reject: (error: unknown) => void,
  ): void {
    const { world, faults, latency, trace } = this.#parts;
    const fault = drawn?.fault;
    const hit = (): void => {
      if (drawn) faults.hit(drawn.fault, drawn.place);
      trace(this, `${call.label}: ${fault}`);
    };
    // Many answers are there at once: what may come between a request and its answer is before the request, too.
    const answer = (how: () => void): void => {
      if (world.random.chance(0.5)) how();
      else world.after(latency(), this, how);
    };
    if (fault === "crash-before") {
      hit();
      this.crash();
      return;
    }
    if (fault === "throttled" || fault === "unavailable") {
      hit();
      const error = fault === "throttled" ? new ThrottledError("simulated: too many requests") : new UnavailableError("simulated: away");
      answer(() => reject(error));
      return;
    }
    if (fault === "stale-index" && stale) {
      const value = stale();
      hit();
      answer(() => resolve(value));
      return;
    }
    apply().then(
      (value) => {
        trace(this, `${call.label}: done`);
        if (fault === "crash-after") {
          hit();
          this.crash();
          return;
        }
        if (fault === "unanswered") {
          hit();
          answer(() => reject(new UnavailableError("simulated: no answer")));
          return;
        }
        if (fault === "repeated") {
          hit();
          // The network delivers the request a second time, whether or not its sender still lives; nobody hears the answer.
          world.after(
            world.random.between(0, 30_000),
            undefined,
            () => void apply().catch(() => trace(this, `${call.label}: repeated, refused`)),
          );
        }
        answer(() => resolve(value));
      },
      (error: unknown) => {
        trace(this, `${call.label}: refused`);
        answer(() => reject(error));
      },
    );
  }
}
