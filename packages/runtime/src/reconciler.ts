import { type Grant, grantKey } from "@qmoi/advanced-automation";
import { hasCode, type IndexEntry, inBatches } from "@qmoi/core";
import { generationOf } from "@qmoi/master-automation";
import { limitersOf } from "./acquire.ts";
import { voidAttempt } from "./cancel.ts";
import type { Decider } from "./decider.ts";
import type { HostGate } from "./host-gate.ts";
import { ACTIVE_SHARDS, type AttemptItem, type HeaderItem, isEnded, keys } from "./items.ts";
import type { Limiters } from "./limiters.ts";
import { isOfRun } from "./of-run.ts";
import type { Ports } from "./ports.ts";
import type { RunEntry } from "./run-entry.ts";
import { pages } from "./run-loader.ts";
import { SKEW_MS } from "./settings.ts";
import { sendStops, stopHint, TAKEN_OVER } from "./stop-elsewhere.ts";

/** Most active runs held in memory; the rest waits in the index, in the order of priority and age. */
const MOST_LOADED = 20_000;
const AT_ONCE = 64;

export interface ReconcilerParts {
  readonly ports: Ports;
  readonly decider: Decider;
  readonly limiters: Limiters;
  readonly host: HostGate;
  /** Whether this process's worker holds the attempt right now. */
  readonly holds: (key: string) => boolean;
  /** Whether what runs is to end, whichever run it is of. */
  readonly discards: () => boolean;
}

/** Derives every step again from what is stored: whatever an event would have told and didn't, or a crash cut off, is found here. */
export class Reconciler {
  readonly #parts: ReconcilerParts;
  /** Some active runs are not loaded. */
  overflow = false;

  constructor(parts: ReconcilerParts) {
    this.#parts = parts;
  }

  /** One pass. `isDead`: whether a lease's owner is proven dead, so that its attempts are taken over without waiting. */
  async pass(isDead: (worker: string) => boolean = () => false): Promise<void> {
    await this.#refreshLoaded();
    await this.loadActive();
    await this.checkGrants(isDead);
    this.#checkReservations();
  }

  /** Opens the first `most` active runs that are not in memory, without looking at their attempts. */
  async openFirst(most: number): Promise<void> {
    const { ports, decider } = this.#parts;
    const entries: IndexEntry[] = [];
    for (let shard = 0; shard < ACTIVE_SHARDS; shard++)
      entries.push(...(await ports.table.queryIndex({ index: 2, pk: keys.activeIndex(shard), limit: most })).items);
    const missing = entries.filter(({ pk }) => !decider.runs.has(pk.slice(2))).sort((a, b) => (a.is < b.is ? -1 : 1));
    await inBatches(AT_ONCE, missing.slice(0, most), ({ pk }) => decider.take(pk.slice(2), []));
  }

  /** Loads active runs that are not in memory, up to the bound. */
  async loadActive(): Promise<void> {
    const { ports, decider } = this.#parts;
    this.overflow = false;
    const missing: string[] = [];
    for (let shard = 0; shard < ACTIVE_SHARDS; shard++) {
      for (let after: string | undefined; ; ) {
        if (decider.runs.size + missing.length >= MOST_LOADED) {
          this.overflow = true;
          break;
        }
        const page = await ports.table.queryIndex({ index: 2, pk: keys.activeIndex(shard), ...(after === undefined ? {} : { after }) });
        for (const { pk } of page.items) if (!decider.runs.has(pk.slice(2))) missing.push(pk.slice(2));
        if (page.next === undefined) break;
        after = page.next;
      }
    }
    await inBatches(AT_ONCE, missing, (run) => decider.open(run));
  }

  async #refreshLoaded(): Promise<void> {
    const { ports, decider } = this.#parts;
    await inBatches(AT_ONCE, [...decider.runs.values()], async (entry: RunEntry) => {
      const header = (await ports.table.get(keys.header(entry.run))) as HeaderItem | undefined;
      if (!header) return decider.drop(entry);
      decider.heard(header);
      if (entry.header.small) return;
      for await (const { sk, v } of pages(ports, entry.header.pk, "F#")) decider.heardPart(entry.run, Number(sk.slice(2)), v);
    });
  }

  /** Gives back grants of attempts that have ended, and takes attempts over from lost workers. */
  async checkGrants(isDead: (worker: string) => boolean = () => false): Promise<void> {
    const { limiters } = this.#parts;
    const parts = [...limiters.all];
    await inBatches(AT_ONCE, parts, (part) => part.load());
    for (const part of parts) await inBatches(AT_ONCE, part.live, (grant) => this.#checkGrant(grant, isDead));
  }

  /** Another engine may have ended and folded an attempt that this one sent, and the news of it been lost. */
  #checkReservations(): void {
    const { decider, limiters, host, holds } = this.#parts;
    const parts = [...limiters.all];
    for (const key of host.keys) {
      const [run = "", task, attempt] = key.split("/");
      const entry = decider.runs.get(run);
      const starting = entry?.inflight.has(Number(task)) && entry.retryOf(Number(task)).next === Number(attempt);
      if (!starting && !holds(key) && !parts.some((part) => part.has(key))) host.release(key);
    }
  }

  async #checkGrant(grant: Grant, isDead: (worker: string) => boolean): Promise<void> {
    const { ports, decider, limiters, holds, discards } = this.#parts;
    if (holds(grantKey(grant))) return;
    const entry = await decider.open(grant.run);
    if (entry && (await this.#isStray(grant, entry))) return limiters.releaseEverywhere(grant);
    // Grants of a concurrency limiter are held as long as the pool's.
    if (entry) limitersOf(limiters, entry, grant.task);
    const item = (await ports.table.get(keys.attempt(grant.run, grant.task, grant.attempt))) as AttemptItem | undefined;
    const now = ports.clock.now();
    if (!item || (entry && !isOfRun(item, entry.header))) {
      if (entry && grant.expiry > now) return;
      if (await voidAttempt(ports, grant.run, grant.task, grant.attempt, now, entry?.fold ?? 0)) await this.#settle(grant);
      return;
    }
    if (item.s === "running") {
      const lost = isDead(item.w) || item.le + SKEW_MS < now;
      if (lost) await this.#takeOver(item, entry, grant);
      if (entry && (lost || discards() || entry.header.st === "cancelling")) await this.#stop(entry, grant);
      return;
    }
    if (!entry) return this.#release(grant);
    decider.ended(grant.run, { task: grant.task, attempt: grant.attempt, item });
    if (isEnded(entry.header)) limiters.releaseEverywhere(grant);
  }

  /** Gives back what an attempt holds whose run has ended: under a concurrency key too, which the run alone tells. */
  async #release(grant: Grant): Promise<void> {
    const { decider, limiters } = this.#parts;
    const run = await decider.stored(grant.run);
    if (run && grant.task < run.state.size) limiters.release(limitersOf(limiters, run, grant.task), grant, true);
    else limiters.releaseEverywhere(grant);
  }

  async #stop(entry: RunEntry, { task, attempt }: Grant): Promise<void> {
    const stop = stopHint(this.#parts.ports, entry, task, attempt);
    if (stop) await sendStops(this.#parts.ports, [stop]);
  }

  /** Whether who granted it went by what a restore has replaced since: the run has not come to that attempt. */
  async #isStray({ run, task, attempt }: Grant, entry: RunEntry): Promise<boolean> {
    const { decider } = this.#parts;
    const ahead = (one: RunEntry): boolean => task >= one.state.size || attempt > one.retryOf(task).next;
    if (generationOf(entry.header) === 0 || !ahead(entry)) return false;
    const stored = await decider.stored(run);
    return stored !== undefined && ahead(stored);
  }

  async #settle(grant: Grant): Promise<void> {
    const item = (await this.#parts.ports.table.get(keys.attempt(grant.run, grant.task, grant.attempt))) as AttemptItem;
    this.#parts.decider.ended(grant.run, { task: grant.task, attempt: grant.attempt, item });
  }

  /** Ends a dead worker's attempt: lost, or void when its effect is known not to have begun, or unknown when it must happen once. */
  async #takeOver(item: AttemptItem, entry: RunEntry | undefined, grant: Grant): Promise<void> {
    const { ports } = this.#parts;
    const once = entry?.state.locate(grant.task).task.def.effect === "once";
    const now = ports.clock.now();
    const ended: AttemptItem = {
      ...item,
      v: item.v + 1,
      s: once && !item.bg ? "void" : "failed",
      ea: Math.max(now, item.sa),
      ttl: Math.floor(now / 1000) + ports.settings().historyDays * 86_400,
      ...(once && !item.bg ? {} : { f: { class: "lost", code: TAKEN_OVER, message: `The worker ${item.w} died.` } }),
      ...(once && item.bg ? { un: true } : {}),
    };
    try {
      await ports.table.put(ended, { when: { site: "attempt.takeover", v: item.v }, stamp: "es" });
      ports.logger.log("warn", "attempt taken over from a lost worker", {
        run: grant.run,
        task: grant.task,
        attempt: grant.attempt,
        worker: item.w,
      });
    } catch (error) {
      if (!hasCode(error, "QMOI_CONFLICT")) throw error;
    }
  }
}
