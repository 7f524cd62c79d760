import { grantKey, splitLimit, takeToken } from "@qmoi/advanced-automation";
import { type Change, hasCode, type Item } from "@qmoi/core";
import { keys, unchanged } from "./items.ts";
import { LimiterPart } from "./limiter-part.ts";
import type { Ports } from "./ports.ts";
import type { PoolSettings } from "./settings.ts";

interface BucketItem extends Item {
  readonly tokens: number;
  readonly at: number;
}

/** Keys sort so that a task takes its concurrency limits first, then its pool, and rate limits last. */
export const concurrencyLimiter = (key: string): string => `c:${key}`;
export const poolLimiter = (pool: string): string => `p:${pool}`;
export const rateLimiter = (key: string): string => `r:${key}`;

/** A pool's slots may be given back so much later, with the next grants: nobody here waits for it, and other dispatchers no longer. */
const RETURN_MS = 100;

/** All limiters that this process has met: pools, concurrency keys, rate limits. */
export class Limiters {
  readonly #ports: Ports;
  readonly #parts = new Map<string, LimiterPart[]>();
  /** Pools as they were asked for last, which is for each task. */
  readonly #pools = new Map<string, PoolSettings & { readonly parts: readonly LimiterPart[] }>();
  readonly #limits = new Map<string, readonly number[]>();
  readonly #changed: (limiter: string) => void;
  readonly #deaf: boolean;

  /** `deaf`: no feed tells what others grant. */
  constructor(ports: Ports, changed: (limiter: string) => void, deaf = false) {
    this.#ports = ports;
    this.#changed = changed;
    this.#deaf = deaf;
  }

  pool(name: string, settings: PoolSettings): readonly LimiterPart[] {
    const known = this.#pools.get(name);
    if (known && known.slots === settings.slots && known.largestTask === settings.largestTask) return known.parts;
    const parts = this.#open(poolLimiter(name), splitLimit(settings.slots, settings.largestTask));
    this.#pools.set(name, { slots: settings.slots, largestTask: settings.largestTask, parts });
    return parts;
  }

  concurrency(key: string, limit: number): LimiterPart {
    return this.#open(concurrencyLimiter(key), [limit])[0] as LimiterPart;
  }

  get all(): readonly LimiterPart[] {
    return [...this.#parts.values()].flat();
  }

  get names(): readonly string[] {
    return [...this.#parts.keys()];
  }

  named(limiter: string): readonly LimiterPart[] {
    return this.#parts.get(limiter) ?? [];
  }

  /** Reads the grants that this process doesn't know: where no feed tells of them, what was read earlier is old. */
  async read(parts: readonly LimiterPart[] = this.all): Promise<void> {
    for (const part of parts) if (this.#deaf || !part.loaded) await part.load();
  }

  /**
   * Gives an attempt's grants back. One that this process doesn't know of may be another's that it has not heard of yet: `unheard` looks into
   * the store for it, as is done where nothing was read so far.
   */
  release(
    limiters: readonly string[],
    attempt: { readonly run: string; readonly task: number; readonly attempt: number },
    unheard = false,
  ): void {
    const key = grantKey(attempt);
    for (const limiter of limiters) {
      const parts = this.named(limiter);
      const holder = parts.find((part) => part.has(key));
      if (holder) holder.remove(key);
      else for (const part of parts) if (unheard || !part.loaded) part.removeUnheard(key);
    }
  }

  /** The same without knowing which limiters: looks at all. */
  releaseEverywhere(attempt: { readonly run: string; readonly task: number; readonly attempt: number }): void {
    this.release([...this.#parts.keys()], attempt);
  }

  get busy(): boolean {
    return [...this.all].some((part) => part.busy);
  }

  /** Ends the repetition of writes that the store doesn't take. */
  close(): void {
    for (const part of this.all) part.close();
  }

  /** Writes what was given back and waits to be. */
  async settled(): Promise<void> {
    await Promise.all([...this.all].map((part) => part.settled()));
  }

  heard(change: Change): void {
    const parts = this.#parts.get(change.key.pk.slice(2));
    parts?.[Number(change.key.sk)]?.heard(change);
  }

  /** Takes a token; resolves with 0, or with the milliseconds until there is one. */
  async takeRate(key: string, limit: number, per: number): Promise<number> {
    const { table, clock } = this.#ports;
    const at = keys.limiter(rateLimiter(key), 0);
    for (;;) {
      const stored = await this.#bucket(key);
      const taken = takeToken(stored, limit, per, clock.now());
      if ("wait" in taken) return taken.wait;
      try {
        await table.put({ ...at, v: (stored?.v ?? 0) + 1, ...taken.bucket }, { when: unchanged("rate.take", stored) });
        return 0;
      } catch (error) {
        if (!hasCode(error, "QMOI_CONFLICT")) throw error;
      }
    }
  }

  /** Milliseconds until there is a token; 0: there is one. */
  async rateWait(key: string, limit: number, per: number): Promise<number> {
    const found = takeToken(await this.#bucket(key), limit, per, this.#ports.clock.now());
    return "wait" in found ? found.wait : 0;
  }

  async #bucket(key: string): Promise<BucketItem | undefined> {
    return (await this.#ports.table.get(keys.limiter(rateLimiter(key), 0))) as BucketItem | undefined;
  }

  #open(limiter: string, limits: readonly number[]): readonly LimiterPart[] {
    this.#limits.set(limiter, limits);
    const parts = this.#parts.get(limiter) ?? [];
    if (parts.length === 0) this.#parts.set(limiter, parts);
    for (let n = parts.length; n < limits.length; n++) {
      parts.push(
        new LimiterPart(
          this.#ports,
          limiter,
          n,
          () => this.#limits.get(limiter)?.[n] ?? 0,
          () => this.#changed(limiter),
          limiter.startsWith(poolLimiter("")) ? RETURN_MS : 0,
        ),
      );
    }
    return parts;
  }
}

/** The part with most room for the grant, as far as this process knows. */
export const roomiest = (parts: readonly LimiterPart[], slots: number): LimiterPart | undefined => {
  let best: LimiterPart | undefined;
  for (const part of parts) if (part.free >= slots && (!best || part.free > best.free)) best = part;
  return best;
};
