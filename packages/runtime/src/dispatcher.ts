import { type OrderPolicy, type Outcome, RunQueue } from "@qmoi/intelligent-scheduler";
import { type Acquired, acquire, type Refused } from "./acquire.ts";
import type { Forecasts } from "./forecast/forecasts.ts";
import type { HostGate } from "./host-gate.ts";
import type { LimiterPart } from "./limiter-part.ts";
import { type Limiters, poolLimiter, roomiest } from "./limiters.ts";
import { Pending } from "./pending.ts";
import type { Hint, Ports } from "./ports.ts";
import type { RunEntry } from "./run-entry.ts";
import type { Statistics } from "./statistics.ts";

const HOST_RETRY_MS = 1_000;

/** What keeps a task that could start from starting, other than its pool. */
export interface Parked {
  readonly limiter: string;
  readonly since: number;
  readonly until?: number;
}

/** What timeouts are learned from. */
interface DispatcherLearned {
  readonly forecasts: Pick<Forecasts, "timeoutMs">;
  readonly statistics: Pick<Statistics, "timeoutOf">;
}

/**
 * Orders what is runnable in memory and writes grants. Anything it knows may be old: the limit is checked by the write of the grant, the
 * claim decides who runs, so a second dispatcher costs work and nothing else.
 */
export class Dispatcher {
  readonly #ports: Ports;
  readonly #limiters: Limiters;
  readonly #host: HostGate;
  readonly #policy: () => OrderPolicy;
  readonly #pools = new Map<string, RunQueue<RunEntry>>();
  readonly parked = new Map<string, Parked>();
  readonly #parkedRuns = new Map<string, [entry: RunEntry, task: number, attempt: number][]>();
  #pumping = false;
  #hostTimer: (() => void) | undefined;
  #hints: Hint[] = [];
  readonly #learned: DispatcherLearned;
  readonly #brief: boolean;
  readonly #pending = new Pending();
  paused: boolean;

  /** `brief`: it lives for one invocation, so that most grants are others' and must be read before it counts what is free. */
  constructor(ports: Ports, limiters: Limiters, host: HostGate, policy: () => OrderPolicy, learned: DispatcherLearned, brief = false) {
    this.#learned = learned;
    this.#brief = brief;
    this.paused = brief;
    this.#ports = ports;
    this.#limiters = limiters;
    this.#host = host;
    this.#policy = policy;
  }

  /** The run may have something to start in the pool, or something to be said for it has changed. */
  wake(pool: string, entry: RunEntry): void {
    this.#pool(pool).touch(entry, this.#ports.clock.now());
    this.pump();
  }

  /** A limiter has changed: whoever waits for it may try again. */
  limiterChanged(limiter: string): void {
    for (const [entry, task, attempt] of this.#parkedRuns.get(limiter) ?? []) this.#unpark(entry, task, attempt);
    this.#parkedRuns.delete(limiter);
    this.pump();
  }

  /** Starts what fits, after this turn's other news. */
  pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    queueMicrotask(() => {
      this.#pumping = false;
      if (this.paused) return;
      const now = this.#ports.clock.now();
      for (const [name, pool] of this.#pools) pool.fill(now, (entry, task) => this.#tryStart(name, entry, task));
    });
  }

  /** Ready tasks over all pools, as far as loaded. */
  get queued(): number {
    let queued = 0;
    for (const pool of this.#pools.values()) queued += pool.size;
    return queued;
  }

  /** The runs that stand in each pool, in their order; for explanations, since it sorts. */
  standing(now: number): { readonly pool: string; readonly candidates: ReturnType<RunQueue<RunEntry>["candidates"]> }[] {
    return [...this.#pools]
      .map(([pool, queue]) => ({ pool, candidates: queue.candidates(now) }))
      .filter(({ candidates }) => candidates.length > 0);
  }

  /** Resolves when every grant asked for is written or refused, and told. */
  settled(): Promise<void> {
    return this.#pending.settled();
  }

  get busy(): boolean {
    return this.#pumping || this.#pending.size > 0;
  }

  /** Limiters for which something waits that could start otherwise. */
  get awaited(): ReadonlySet<string> {
    const awaited = new Set<string>();
    for (const [name, pool] of this.#pools) if (pool.size > 0) awaited.add(poolLimiter(name));
    for (const { limiter, until } of this.parked.values()) if (until === undefined) awaited.add(limiter);
    return awaited;
  }

  #pool(name: string): RunQueue<RunEntry> {
    let pool = this.#pools.get(name);
    if (!pool) {
      const next = (entry: RunEntry) => (entry.active ? this.#next(entry, name) : undefined);
      pool = new RunQueue({ policy: this.#policy, slots: () => this.#host.pool(name).slots, next });
      this.#pools.set(name, pool);
    }
    return pool;
  }

  /** The run's first task of the pool that is still to be started; others are dropped on the way. */
  #next(entry: RunEntry, pool: string): number | undefined {
    const heap = entry.ready.get(pool)?.under(this.#policy());
    for (let task = heap?.peek(); heap && task !== undefined; task = heap.peek()) {
      if (entry.mayStart(task)) return task;
      heap.pop();
      entry.offered.delete(task);
    }
    return undefined;
  }

  #tryStart(pool: string, entry: RunEntry, task: number): Outcome {
    const found = entry.state.locate(task).task;
    const parts = this.#limiters.pool(pool, this.#host.pool(pool));
    const key = entry.nextGrantKey(task);
    if (this.#brief && parts.some((part) => !part.loaded)) {
      this.#load(parts);
      return "full";
    }
    const granted = entry.recovered ? parts.find((part) => part.has(key)) : undefined;
    // Its hint was sent by whoever granted it. A lost one is found by the tick, once the grant has expired.
    if (granted && this.#brief) return this.#take(pool, entry, task, granted.grantedAt(key));
    const single = !found.def.concurrency && !found.def.rate;
    const again = granted !== undefined && single;
    const part = again ? undefined : (granted ?? roomiest(parts, found.slots));
    if (!part && !again) return parts.some((candidate) => candidate.free > 0) ? "unfit" : "full";
    // Where work runs is not this process's host: only limiters bound it.
    const admitted = this.#brief ? "yes" : this.#host.admit(key, entry.graph, found, entry.outOfMemory.get(task));
    if (admitted !== "yes") {
      this.#hostTimer ??= this.#ports.clock.after(HOST_RETRY_MS, () => {
        this.#hostTimer = undefined;
        this.pump();
      });
      return admitted === "full" ? "full" : "unfit";
    }
    const outcome = this.#take(pool, entry, task, granted?.grantedAt(key));
    this.#pending.add(this.#grant(pool, entry, task, part));
    return outcome;
  }

  /** What can't be read now is left to the tick. */
  #load(parts: readonly LimiterPart[]): void {
    const loading = Promise.all(parts.map((part) => part.load())).then(() => this.pump());
    this.#pending.add(loading.catch((error) => this.#ports.logger.log("warn", "grants not read; the tick repeats it", { error })));
  }

  /** `since`: when it was granted (ms). */
  #take(pool: string, entry: RunEntry, task: number, since = this.#ports.clock.now()): "started" {
    entry.ready.get(pool)?.pop();
    entry.offered.delete(task);
    // Its pool looks at the run next anyway.
    if (entry.begin(task, since))
      for (const name of entry.ready.keys()) if (name !== pool) this.#pools.get(name)?.touch(entry, this.#ports.clock.now());
    return "started";
  }

  #timeoutOf({ state, graph }: RunEntry, number: number): number | undefined {
    const { task } = state.locate(number);
    const { forecasts, statistics } = this.#learned;
    return task.def.timeout === undefined ? forecasts.timeoutMs(graph, task, statistics.timeoutOf(task.type)) : undefined;
  }

  async #grant(pool: string, entry: RunEntry, task: number, part: ReturnType<typeof roomiest>): Promise<void> {
    const attempt = entry.retryOf(task).next;
    let acquired: Acquired = { kind: "granted" };
    try {
      if (part) acquired = await acquire(this.#ports, this.#limiters, entry, task, attempt, part);
    } catch (error) {
      this.#ports.logger.log("warn", "grant failed", { run: entry.run, task, attempt, error });
      acquired = { kind: "refused", limiter: `p:${pool}` };
    }
    if (acquired.kind === "granted") {
      const now = this.#ports.clock.now();
      const readyAt = entry.readyAt.get(task) ?? entry.header.sa;
      const timeoutMs = this.#timeoutOf(entry, task);
      const learned = timeoutMs === undefined ? {} : { timeoutMs };
      this.#send({ run: entry.run, task, attempt, fold: entry.fold, v: entry.header.v, readyAt, grantedAt: now, ...learned });
      return;
    }
    this.#host.release(`${entry.run}/${task}/${attempt}`);
    // Ended meanwhile, by another engine's doing: the fold offers what comes next.
    if (entry.dead || entry.retryOf(task).next !== attempt) return;
    entry.leave(task);
    if (acquired.limiter === `p:${pool}` && acquired.wait === undefined) {
      entry.makeReady(task, attempt, entry.header.sa, this.#policy());
      this.wake(pool, entry);
    } else {
      this.#park(entry, task, attempt, acquired);
    }
  }

  #park(entry: RunEntry, task: number, attempt: number, { limiter, wait }: Refused): void {
    const key = `${entry.run}/${task}`;
    const now = this.#ports.clock.now();
    const since = this.parked.get(key)?.since ?? now;
    this.parked.set(key, { limiter, since, ...(wait === undefined ? {} : { until: now + wait }) });
    if (wait !== undefined) {
      this.#ports.clock.after(wait, () => this.#unpark(entry, task, attempt));
      return;
    }
    const waiting = this.#parkedRuns.get(limiter);
    if (waiting) waiting.push([entry, task, attempt]);
    else this.#parkedRuns.set(limiter, [[entry, task, attempt]]);
  }

  #unpark(entry: RunEntry, task: number, attempt: number): void {
    if (entry.dead || entry.retryOf(task).next !== attempt) {
      this.parked.delete(`${entry.run}/${task}`);
      return;
    }
    this.wake(entry.makeReady(task, attempt, entry.header.sa, this.#policy()), entry);
  }

  /** Hints of one turn go together. */
  #send(hint: Hint): void {
    if (this.parked.size > 0) this.parked.delete(`${hint.run}/${hint.task}`);
    this.#hints.push(hint);
    if (this.#hints.length > 1) return;
    queueMicrotask(() => {
      const hints = this.#hints;
      this.#hints = [];
      const sent = this.#ports.hints.send(hints);
      this.#pending.add(sent.catch((error) => this.#ports.logger.log("warn", "hints not sent; the tick repeats them", { error })));
    });
  }
}
