import { type Change, type Json, sleep } from "@qmoi/core";
import { type OrderPolicy, workflowFifo } from "@qmoi/intelligent-scheduler";
import { limitersOf } from "./acquire.ts";
import { Decider } from "./decider.ts";
import { Definitions } from "./definitions.ts";
import { Dispatcher } from "./dispatcher.ts";
import { HostGate } from "./host-gate.ts";
import { type AttemptItem, attemptOf, type ControlItem, type HeaderItem, isHeaderKey, runOf } from "./items.ts";
import { Limiters } from "./limiters.ts";
import { Outputs } from "./outputs.ts";
import type { Hint, Ports } from "./ports.ts";
import { Readings } from "./readings.ts";
import { Reconciler } from "./reconciler.ts";
import { RunEntry } from "./run-entry.ts";
import type { RunFacts } from "./run-facts.ts";
import { readInputs, readList } from "./run-loader.ts";
import { Schedules } from "./schedules.ts";
import { TICK_MS } from "./settings.ts";
import { Statistics } from "./statistics.ts";
import { Worker } from "./worker.ts";

const WATCH_MS = 200;

export interface EngineOptions {
  /** Names this process's worker in leases and history; unique over restarts. */
  readonly id: string;
  /** Which parts run here; all by default. */
  readonly roles?: { readonly decides?: boolean; readonly works?: boolean; readonly schedules?: boolean };
}

/** All roles of the engine around one table: decider, dispatcher, worker, tick. Several engines may share a table. */
export class Engine {
  readonly ports: Ports;
  readonly id: string;
  readonly definitions: Definitions;
  readonly outputs: Outputs;
  readonly statistics: Statistics;
  readonly readings: Readings;
  readonly limiters: Limiters;
  readonly host: HostGate;
  readonly dispatcher: Dispatcher;
  readonly decider: Decider;
  readonly worker: Worker;
  readonly reconciler: Reconciler;
  readonly schedules: Schedules;
  readonly policy: OrderPolicy = workflowFifo;
  readonly #roles: Required<NonNullable<EngineOptions["roles"]>>;
  readonly #stops: (() => void | Promise<void>)[] = [];
  readonly #working = new Set<Promise<void>>();
  readonly #listeners = new Set<(run: string) => void>();
  #stopped = false;

  constructor(ports: Ports, options: EngineOptions) {
    this.ports = ports;
    this.id = options.id;
    this.#roles = { decides: true, works: true, schedules: true, ...options.roles };
    this.definitions = new Definitions(ports.blobs);
    this.outputs = new Outputs(ports);
    this.statistics = new Statistics(ports);
    this.readings = new Readings(ports);
    this.limiters = new Limiters(ports, (limiter) => this.dispatcher.limiterChanged(limiter));
    this.host = new HostGate(ports, this.statistics);
    this.dispatcher = new Dispatcher(ports, this.limiters, this.host, () => this.policy);
    this.decider = new Decider({
      ports,
      definitions: this.definitions,
      limiters: this.limiters,
      outputs: this.outputs,
      statistics: this.statistics,
      policy: () => this.policy,
      wake: (pool, entry) => this.dispatcher.wake(pool, entry),
      opened: (entry) => this.host.definePools(entry.graph.workflow),
      release: (entry, task, attempt) => {
        this.host.release(`${entry.run}/${task}/${attempt}`);
        this.limiters.release(limitersOf(entry, task), { run: entry.run, task, attempt });
      },
    });
    this.worker = new Worker({
      ports,
      id: options.id,
      definitions: this.definitions,
      outputs: this.outputs,
      readings: this.readings,
      statistics: this.statistics,
      factsOf: (hint) => this.#factsOf(hint),
    });
    this.reconciler = new Reconciler({
      ports,
      decider: this.decider,
      limiters: this.limiters,
      holds: (key) => this.worker.running.has(key),
    });
    this.schedules = new Schedules(this);
  }

  /**
   * Subscribes, takes up what is stored, and begins to work. `isDead` says which lease owners are proven dead (all others, for the only
   * server of a data folder).
   */
  async start(isDead: (worker: string) => boolean = () => false): Promise<void> {
    const { ports } = this;
    for (const [pool, settings] of Object.entries(ports.settings().pools)) this.limiters.pool(pool, settings);
    this.#stops.push(await ports.table.subscribe((changes) => this.#heard(changes)));
    if (this.#roles.works) {
      this.#stops.push(ports.hints.consume((hint) => this.#handle(hint)));
      this.#every(WATCH_MS, async () => void (this.worker.running.size > 0 && (await this.worker.watch())));
    }
    if (this.#roles.decides) {
      await this.statistics.load();
      await this.tick(isDead);
      this.#every(TICK_MS, () => this.tick());
    }
  }

  /** Derives everything again from what is stored; safe at any time. */
  async tick(isDead?: (worker: string) => boolean): Promise<void> {
    const control = await this.readings.control(0);
    this.#obey(control);
    await this.reconciler.pass(isDead);
    if (this.#roles.schedules && !this.dispatcher.paused) await this.schedules.pass();
    this.dispatcher.pump();
  }

  /** Takes no new work; resolves when what runs has ended. `progress` gets the number still running. */
  async drain(progress: (running: number) => void = () => undefined, signal?: AbortSignal): Promise<void> {
    this.dispatcher.paused = true;
    this.worker.draining = true;
    for (let last = -1; this.worker.running.size > 0; ) {
      if (signal?.aborted) this.worker.abortAll();
      if (this.worker.running.size !== last) progress(this.worker.running.size);
      last = this.worker.running.size;
      await sleep(this.ports.clock, 50);
    }
    await Promise.allSettled([...this.#working]);
    await this.decider.settled();
  }

  /** Ends subscriptions and timers; what was confirmed is stored. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.dispatcher.paused = true;
    this.schedules.stop();
    for (const stop of this.#stops.splice(0)) await stop();
    await this.decider.settled();
    await this.statistics.flush();
  }

  /** Takes in a run that was just created here. */
  adopt(header: HeaderItem, graph: RunEntry["graph"], inputs: Json): void {
    if (this.decider.runs.size >= 20_000) {
      this.reconciler.overflow = true;
      return;
    }
    this.decider.adopt(new RunEntry(header, graph, inputs, new Map(), new Map(), false));
  }

  /** Calls the handler with each run that something changes in; returns a function that ends it. */
  onRunChange(handler: (run: string) => void): () => void {
    this.#listeners.add(handler);
    return () => this.#listeners.delete(handler);
  }

  #heard(changes: readonly Change[]): void {
    if (this.#listeners.size > 0) {
      const runs = new Set(changes.flatMap(({ key }) => (key.pk.startsWith("R#") ? [key.pk.split("#")[1] as string] : [])));
      for (const run of runs) for (const listener of this.#listeners) listener(run);
    }
    for (const change of changes) {
      const { key, item } = change;
      if (key.pk.startsWith("G#")) this.limiters.heard(change);
      else if (key.pk === "CTL") this.#obey(item as ControlItem | undefined);
      else if (this.#roles.decides && item && key.pk.startsWith("R#")) {
        if (isHeaderKey(key)) this.#heardHeader(item as HeaderItem);
        else this.#heardAttempt(item as AttemptItem);
      }
    }
    if (this.reconciler.overflow && this.decider.runs.size < 10_000) {
      this.reconciler.overflow = false;
      void this.reconciler.loadActive().catch((error) => this.ports.logger.log("warn", "active runs not loaded", { error }));
    }
  }

  #heardHeader(header: HeaderItem): void {
    if (this.decider.runs.has(runOf(header.pk))) this.decider.heard(header);
    else if (header.v === 1 && header.i2p !== undefined && !this.reconciler.overflow) this.decider.discover(runOf(header.pk));
  }

  #heardAttempt(item: AttemptItem): void {
    const at = attemptOf(item);
    if (!at || item.s === "running") return;
    this.outputs.heard(at.run, at.task, item);
    this.decider.ended(at.run, { task: at.task, attempt: at.attempt, item });
  }

  #obey(control: ControlItem | undefined): void {
    this.dispatcher.paused = control?.mode === "stopped" || this.worker.draining;
    if (!this.dispatcher.paused) this.dispatcher.pump();
  }

  /** Rejections of a hint's handling are defects or a store that is away: the tick finds what was left. */
  async #handle(hint: Hint): Promise<void> {
    const work = this.worker
      .handle(hint)
      .catch((error) =>
        this.ports.logger.log("warn", "attempt not handled", { run: hint.run, task: hint.task, attempt: hint.attempt, error }),
      )
      .finally(() => this.#working.delete(work));
    this.#working.add(work);
    return work;
  }

  async #factsOf(hint: Hint): Promise<RunFacts | undefined> {
    let header = this.readings.within(hint.run)?.header;
    // A reading from before a forEach's expansion doesn't know its instances.
    if (!header || hint.task >= header.n) header = (await this.readings.fresh(hint.run, 0)).header;
    if (!header) return undefined;
    const entry = this.decider.runs.get(hint.run);
    const graph = entry?.graph ?? (await this.definitions.graph(header.ver));
    const inputs = entry?.inputs ?? (await readInputs(this.ports, header));
    const list = (template: number): Promise<readonly Json[]> | readonly Json[] =>
      entry?.lists.get(template) ?? readList(this.ports, header, template);
    return { run: hint.run, header, graph, inputs, list: async (template) => list(template) };
  }

  #every(ms: number, work: () => Promise<void>): void {
    let cancel = (): void => undefined;
    const next = (): void => {
      cancel = this.ports.clock.after(ms, () => {
        work()
          .catch((error) => this.ports.logger.log("warn", "tick failed; the next one repeats it", { error }))
          .finally(() => this.#stopped || next());
      });
    };
    next();
    this.#stops.push(() => cancel());
  }
}
