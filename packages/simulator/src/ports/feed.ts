import type { Change } from "@qmoi/core";
import type { Faults } from "../world/faults.ts";
import type { Life } from "../world/life.ts";
import type { World } from "../world/world.ts";

type Handler = (changes: readonly Change[]) => void | Promise<void>;

interface Batch {
  readonly at: number;
  readonly changes: Change[];
  told: boolean;
}

interface Subscription {
  readonly life: Life;
  readonly handler: Handler;
  /** When the latest change of each key arrives: changes of one key keep their order. */
  readonly due: Map<string, number>;
  latest: Batch | undefined;
  ended: boolean;
}

const LATE_MS = [500, 40_000] as const;
/** How likely a change is told together with the one before it, as batches of a stream do. */
const TOGETHER = 0.8;

/** The change feed of a world: to each subscriber at its own pace, in order per key, and where faults will have it late, twice or not at all. */
export class Feed {
  readonly #world: World;
  readonly #faults: Faults;
  readonly #latency: () => number;
  readonly #refused: (life: Life, error: unknown) => void;
  #subscriptions: Subscription[] = [];

  constructor(world: World, faults: Faults, latency: () => number, refused: (life: Life, error: unknown) => void) {
    this.#world = world;
    this.#faults = faults;
    this.#latency = latency;
    this.#refused = refused;
  }

  subscribe(life: Life, handler: Handler): () => void {
    const subscription: Subscription = { life, handler, due: new Map(), latest: undefined, ended: false };
    this.#subscriptions.push(subscription);
    return () => {
      subscription.ended = true;
    };
  }

  publish(change: Change): void {
    const hears = (one: Subscription): boolean => one.life.alive && !one.ended;
    if (!this.#subscriptions.every(hears)) this.#subscriptions = this.#subscriptions.filter(hears);
    const key = `${change.key.pk}|${change.key.sk}`;
    for (const one of this.#subscriptions) {
      if (this.#faults.happens("feed-lost")) continue;
      const late = this.#faults.happens("feed-late") ? this.#world.random.between(...LATE_MS) : 0;
      this.#schedule(one, change, key, late);
      if (this.#faults.happens("feed-twice")) this.#schedule(one, change, key, this.#world.random.between(0, 1000));
    }
  }

  #schedule(to: Subscription, change: Change, key: string, late: number): void {
    const due = to.due.get(key) ?? 0;
    const { latest } = to;
    if (late === 0 && latest && !latest.told && latest.at >= due && this.#world.random.chance(TOGETHER)) {
      latest.changes.push(change);
      to.due.set(key, latest.at);
      return;
    }
    const at = Math.max(this.#world.now + this.#latency() + late, due + 1e-6);
    const batch: Batch = { at, changes: [change], told: false };
    to.due.set(key, at);
    to.latest = batch;
    this.#world.after(at - this.#world.now, to.life, () => this.#tell(to, batch));
  }

  #tell(to: Subscription, batch: Batch): void {
    batch.told = true;
    if (to.ended) return;
    const again = (error: unknown): void => {
      this.#refused(to.life, error);
      this.#world.after(100, to.life, () => this.#tell(to, batch));
    };
    try {
      void Promise.resolve(to.handler(batch.changes)).catch(again);
    } catch (error) {
      again(error);
    }
  }
}
