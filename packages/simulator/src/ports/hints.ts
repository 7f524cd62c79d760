import type { Queue } from "@qmoi/core";
import type { Faults } from "../world/faults.ts";
import type { Life } from "../world/life.ts";
import type { World } from "../world/world.ts";

interface Consumer<T> {
  readonly life: Life;
  readonly handler: (message: T) => Promise<void>;
}

const LATE_MS = [500, 60_000] as const;
/** After this a queue gives a message again that its consumer didn't confirm. */
const VISIBILITY_MS = 30_000;

/** The queue of a world: each message to one consumer that lives, unless faults will have it late, twice or lost. */
export class Hints<T> {
  readonly #world: World;
  readonly #faults: Faults;
  readonly #latency: () => number;
  readonly #sent: (life: Life, messages: readonly T[]) => void;
  #consumers: Consumer<T>[] = [];
  #waiting: T[] = [];

  constructor(world: World, faults: Faults, latency: () => number, sent: (life: Life, messages: readonly T[]) => void) {
    this.#world = world;
    this.#faults = faults;
    this.#latency = latency;
    this.#sent = sent;
  }

  /** The queue as one process sees it. */
  of(life: Life): Queue<T> {
    const queue: Queue<T> = {
      send: (messages) => {
        this.#sent(life, messages);
        return life.call({ op: "send", label: "send hints", write: true, from: queue.send }, async () => {
          for (const message of messages) this.#post(message);
        });
      },
      consume: (handler) => {
        const consumer = { life, handler };
        this.#consumers.push(consumer);
        for (const message of this.#waiting.splice(0)) this.#later(message, this.#latency());
        return () => {
          this.#consumers = this.#consumers.filter((one) => one !== consumer);
        };
      },
    };
    return queue;
  }

  #post(message: T): void {
    if (this.#faults.happens("hint-lost")) return;
    const late = this.#faults.happens("hint-late") ? this.#world.random.between(...LATE_MS) : 0;
    this.#later(message, this.#latency() + late);
    if (this.#faults.happens("hint-twice")) this.#later(message, this.#world.random.between(0, 10_000));
  }

  #later(message: T, ms: number): void {
    this.#world.after(ms, undefined, () => this.#deliver(message));
  }

  #deliver(message: T): void {
    this.#consumers = this.#consumers.filter((one) => one.life.alive);
    if (this.#consumers.length === 0) {
      this.#waiting.push(message);
      return;
    }
    const { life, handler } = this.#world.random.pick(this.#consumers);
    let confirmed = false;
    handler(message).then(
      () => {
        confirmed = true;
      },
      () => this.#later(message, 100),
    );
    this.#world.after(VISIBILITY_MS, undefined, () => {
      if (!confirmed && !life.alive) this.#deliver(message);
    });
  }
}
