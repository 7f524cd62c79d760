import { changeGrants, type Grant, type Grants, grantKey, slotsUsed } from "@qmoi/advanced-automation";
import { type Change, hasCode, sleep } from "@qmoi/core";
import { grantsOf, grantsText } from "./grants-text.ts";
import { keys, type LimiterItem, unchanged } from "./items.ts";
import type { Ports } from "./ports.ts";
import { isTransient } from "./retrying.ts";
import { GRANT_MS } from "./settings.ts";

/** taken: there already, by another acquisition of the same attempt. */
export type Added = "granted" | "refused" | "taken";

interface Add {
  readonly grant: Grant;
  readonly resolve: (added: Added) => void;
}

/**
 * One item of live grants, held in memory and written under its version. Grants and returns that come while a write is under way go
 * together into the next one, so a busy limiter costs one write for many tasks. The limit is checked against exactly what the write replaces.
 */
export class LimiterPart {
  readonly name: string;
  readonly part: number;
  readonly #ports: Ports;
  readonly #limit: () => number;
  readonly #changed: () => void;
  #stored: LimiterItem | undefined;
  #live: Grants = new Map();
  #used = 0;
  #closed = false;
  #loaded = false;
  #adds: Add[] = [];
  /** Slots asked for, and being written, and those that go with what is to be removed. */
  #addedSlots = 0;
  #writingSlots = 0;
  #leavingSlots = 0;
  /** By keys; with a nonce where only that taker's grant is meant. */
  #removes = new Map<string, number | undefined>();
  /** Those that are being written: asked for again, their slots don't leave twice. */
  #removing: ReadonlyMap<string, number | undefined> = new Map();
  #flushing = false;
  #flushed = Promise.resolve();
  /** Cancels the wait of what was given back for a write that adds. */
  #returning: (() => void) | undefined;
  readonly #returnMs: number;

  /** `returnMs`: how long what is given back may wait for the next grant, to share its write. */
  constructor(ports: Ports, name: string, part: number, limit: () => number, changed: () => void, returnMs = 0) {
    this.#ports = ports;
    this.name = name;
    this.part = part;
    this.#limit = limit;
    this.#changed = changed;
    this.#returnMs = returnMs;
  }

  get live(): readonly Grant[] {
    return [...this.#live.values()];
  }

  /** Slots that seem free once what is under way is written, as far as this process knows. */
  get free(): number {
    return this.#limit() - this.#used + this.#leavingSlots - this.#addedSlots - this.#writingSlots;
  }

  has(key: string): boolean {
    return this.#live.has(key);
  }

  /** When a live grant was given (ms). */
  grantedAt(key: string): number | undefined {
    const grant = this.#live.get(key);
    return grant && grant.expiry - GRANT_MS;
  }

  /** Whether something is still to be written. */
  get busy(): boolean {
    return this.#flushing || this.#returning !== undefined;
  }

  /** Whether what is held here was read from the store. */
  get loaded(): boolean {
    return this.#loaded;
  }

  async load(): Promise<void> {
    const item = (await this.#ports.table.get(keys.limiter(this.name, this.part))) as LimiterItem | undefined;
    const isNews = item?.v !== this.#stored?.v;
    this.#accept(item);
    // Whoever waits for what was given back must hear of it, also where the feed lost it.
    if (isNews) this.#changed();
  }

  /** Takes in what the change feed tells; older news is ignored. */
  heard(change: Change): void {
    if (this.#flushing) return;
    const v = change.v ?? change.item?.v;
    if (v !== undefined && this.#stored && v <= this.#stored.v) return;
    this.#accept(change.item as LimiterItem | undefined);
    this.#changed();
  }

  /** Resolves with whether the grant is now in the store. */
  add(grant: Grant): Promise<Added> {
    return new Promise((resolve) => {
      this.#adds.push({ grant, resolve });
      this.#addedSlots += grant.slots;
      void this.#flush();
    });
  }

  /** The same for a grant that another process may have written and this one has not heard of. */
  removeUnheard(key: string): void {
    this.#loaded = false;
    this.remove(key);
  }

  /** Gives grants back; absent ones are none. Repeated until written. */
  remove(key: string): void {
    this.#remove(key, undefined);
  }

  /** The same for a grant whose attempt goes on if another dispatcher has taken it since. */
  giveBack({ nonce, ...attempt }: Grant): void {
    this.#remove(grantKey(attempt), nonce);
  }

  #remove(key: string, nonce: number | undefined): void {
    if (!this.#removes.has(key) && !this.#removing.has(key)) this.#leavingSlots += this.#live.get(key)?.slots ?? 0;
    const either = this.#removes.has(key) && this.#removes.get(key) !== nonce;
    this.#removes.set(key, either ? undefined : nonce);
    if (this.#returnMs === 0) return void this.#flush();
    this.#returning ??= this.#ports.clock.after(this.#returnMs, () => {
      this.#returning = undefined;
      void this.#flush();
    });
    // Whoever waits for the slots takes them by the write that gives them back.
    this.#changed();
  }

  /** Writes what waits; resolves when it is stored, or can't be once closed. */
  settled(): Promise<void> {
    return this.#flush();
  }

  /** What the store doesn't take from now on is not repeated: the tick of the next start finds it. */
  close(): void {
    this.#closed = true;
  }

  #flush(): Promise<void> {
    this.#returning?.();
    this.#returning = undefined;
    if (!this.#flushing) this.#flushed = this.#writeAll();
    return this.#flushed;
  }

  async #writeAll(): Promise<void> {
    this.#flushing = true;
    // What the same turn still asks for joins this write: a fold gives slots back and the dispatcher, two steps later, fills them.
    for (let step = 0; step < 3; step++) await Promise.resolve();
    while (this.#adds.length > 0 || (this.#removes.size > 0 && this.#returning === undefined)) {
      const adds = this.#adds;
      const removes = this.#removes;
      this.#adds = [];
      this.#writingSlots = this.#addedSlots;
      this.#addedSlots = 0;
      this.#removes = new Map();
      this.#removing = removes;
      const { granted, taken } = await this.#write(adds, removes);
      for (const { grant, resolve } of adds) resolve(taken.has(grant) ? "taken" : granted.has(grantKey(grant)) ? "granted" : "refused");
      if (removes.size > 0) this.#changed();
    }
    this.#removing = new Map();
    this.#flushing = false;
  }

  async #write(
    adds: readonly Add[],
    removes: ReadonlyMap<string, number | undefined>,
  ): Promise<Pick<ReturnType<typeof changeGrants>, "granted" | "taken">> {
    const { table, clock, logger } = this.#ports;
    for (let wait = 10; ; wait = Math.min(wait * 2, 1000)) {
      try {
        if (!this.#loaded) await this.load();
        const next = changeGrants(
          this.#live,
          this.#limit(),
          removes,
          adds.map((add) => add.grant),
        );
        if (next.changed) {
          const item: LimiterItem = {
            ...keys.limiter(this.name, this.part),
            v: (this.#stored?.v ?? 0) + 1,
            g: grantsText(next.live.values()),
          };
          await table.put(item, { when: unchanged("limiter.change", this.#stored) });
          this.#accept(item, next.live);
        }
        this.#writingSlots = 0;
        return next;
      } catch (error) {
        this.#loaded = false;
        if (this.#closed) return { granted: new Set(), taken: new Set() };
        if (hasCode(error, "QMOI_CONFLICT")) continue;
        if (!isTransient(error)) logger.log("error", "grants not written", { limiter: this.name, part: this.part, error });
        await sleep(clock, wait);
      }
    }
  }

  #accept(item: LimiterItem | undefined, live = grantsOf(item?.g ?? "")): void {
    this.#stored = item;
    this.#live = live;
    this.#used = slotsUsed(live.values());
    this.#writingSlots = 0;
    this.#leavingSlots = 0;
    for (const key of this.#removes.keys()) this.#leavingSlots += live.get(key)?.slots ?? 0;
    this.#loaded = true;
  }
}
