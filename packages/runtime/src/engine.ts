import { grantKey } from "@qmoi/advanced-automation";
import type { Workflow } from "@qmoi/config";
import { type Json, QmoiError, sleep } from "@qmoi/core";
import { moduleRuns } from "@qmoi/master-automation";
import { limitersOf } from "./acquire.ts";
import { Decider } from "./decider.ts";
import { Definitions } from "./definitions.ts";
import { Dispatcher } from "./dispatcher.ts";
import type { EngineOptions, EngineWorker } from "./engine-options.ts";
import { every, untilNext } from "./every.ts";
import { factsOf } from "./facts-of.ts";
import { Forecasts } from "./forecast/forecasts.ts";
import { followForecasts } from "./forecast/lateness.ts";
import { HintHandler } from "./hint-handler.ts";
import { HostGate } from "./host-gate.ts";
import type { AttemptItem, ControlItem, HeaderItem } from "./items.ts";
import { Learned } from "./learned.ts";
import { Limiters } from "./limiters.ts";
import { News } from "./news.ts";
import { noWorker } from "./no-worker.ts";
import { Order } from "./order.ts";
import { Outputs } from "./outputs.ts";
import type { Ports } from "./ports.ts";
import { Readings } from "./readings.ts";
import { Reconciler } from "./reconciler.ts";
import { Retention } from "./retention.ts";
import { isTransient, unlessRestoring } from "./retrying.ts";
import { RunEntry } from "./run-entry.ts";
import { type CreatedRun, createRun, type NewRun } from "./run-starter.ts";
import { Schedules } from "./schedules.ts";
import { Statistics } from "./statistics.ts";
import { listHeads } from "./workflows.ts";

/** All roles of the engine around one table: decider, dispatcher, worker, tick. Several engines may share a table. */
export class Engine {
  readonly ports: Ports;
  readonly id: string;
  readonly definitions: Definitions;
  readonly learned: Learned;
  outputs!: Outputs;
  statistics!: Statistics;
  forecasts!: Forecasts;
  readings!: Readings;
  limiters!: Limiters;
  host!: HostGate;
  dispatcher!: Dispatcher;
  decider!: Decider;
  worker!: EngineWorker;
  reconciler!: Reconciler;
  schedules!: Schedules;
  order!: Order;
  retention!: Retention;
  readonly roles: Required<NonNullable<EngineOptions["roles"]>>;
  readonly #brief: boolean;
  readonly #options: EngineOptions;
  readonly #stops: (() => void | Promise<void>)[] = [];
  #handling!: HintHandler;
  #news!: News;
  #stopTicks: () => void = () => undefined;
  #started = false;
  halted = false;
  readonly #listeners = new Set<(run: string) => void>();
  /** Runs being created here, which the feed tells before the answer does. */
  readonly #creating = new Set<string>();
  #isDead: (worker: string) => boolean = () => false;

  constructor(ports: Ports, options: EngineOptions) {
    [this.ports, this.id, this.#brief, this.learned] = [ports, options.id, options.brief ?? false, options.learned ?? new Learned()];
    this.roles = { decides: true, works: true, schedules: true, ...options.roles };
    this.#options = options;
    this.definitions = options.definitions ?? new Definitions(ports.blobs, { bindings: ports.bindings });
    this.#build();
  }

  /** Everything that holds something in memory, empty. */
  #build(): void {
    const { ports } = this;
    this.outputs = new Outputs(ports);
    this.statistics = new Statistics(ports);
    this.forecasts = new Forecasts(ports, this.learned);
    this.readings = new Readings(ports);
    this.limiters = new Limiters(ports, (limiter) => this.dispatcher.limiterChanged(limiter), this.#brief);
    this.host = new HostGate(ports, this.statistics, this.forecasts);
    this.order = new Order(this);
    this.dispatcher = new Dispatcher(ports, this.limiters, this.host, () => this.order.policy, this, this.#brief);
    this.decider = new Decider({
      ports,
      definitions: this.definitions,
      limiters: this.limiters,
      outputs: this.outputs,
      learners: [this.statistics, this.forecasts],
      order: this.order,
      wake: (pool, entry) => this.dispatcher.wake(pool, entry),
      opened: (entry) => this.#openPools(entry.graph.workflow),
      release: (entry, task, attempt, unheard) => {
        this.host.release(`${entry.run}/${task}/${attempt}`);
        this.limiters.release(limitersOf(this.limiters, entry, task), { run: entry.run, task, attempt }, unheard);
      },
      releaseEverywhere: (attempt) => {
        this.host.release(grantKey(attempt));
        this.limiters.releaseEverywhere(attempt);
      },
    });
    const { worker = noWorker, remainingMs } = this.#options;
    this.worker = worker({
      ports,
      id: this.id,
      definitions: this.definitions,
      outputs: this.outputs,
      readings: this.readings,
      factsOf: (hint) => factsOf(this, hint),
      ...(remainingMs ? { remainingMs } : {}),
      ended: ({ run, task, attempt }, item) => this.#ended(run, task, attempt, item),
    });
    this.#handling = new HintHandler(ports, this.worker);
    this.reconciler = new Reconciler({
      ports,
      decider: this.decider,
      limiters: this.limiters,
      host: this.host,
      holds: (key) => this.worker.running.has(key),
      discards: () => this.readings.discards,
    });
    this.schedules = new Schedules(this);
    this.retention = new Retention(ports, this.definitions);
    this.#news = new News(this, {
      decides: this.roles.decides,
      creating: this.#creating,
      listeners: this.#listeners,
      ended: ({ run, task, attempt }, item) => this.#ended(run, task, attempt, item),
    });
  }

  /** Subscribes, takes up what is stored, and begins to work. `isDead`: lease owners proven dead; all others, for a folder's only server. */
  async start(isDead: (worker: string) => boolean = () => false): Promise<void> {
    [this.#isDead, this.#started] = [isDead, true];
    this.openPools();
    this.#stops.push(await this.ports.table.subscribe((changes) => this.#news.heard(changes), { old: false }));
    if (this.roles.works) {
      this.#stops.push(this.ports.hints.consume((hint) => this.#handling.handle(hint)));
      this.#stops.push(() => this.#handling.stop());
    }
    if (this.roles.decides) {
      // Runs are ordered by what is known when they come into memory.
      const known = () => Promise.all([this.statistics.load(), this.learned.recall(this)]);
      await unlessRestoring(this.ports.logger, () => known().then(() => this.tick()));
      this.#tickFromNowOn();
    }
  }

  /** Acts on settings that have just changed: on wider pools, on being enabled or not, and on another schedule of ticks. */
  async settingsChanged(): Promise<void> {
    this.openPools();
    if (this.#stops.length === 0) return;
    if (this.roles.decides) this.#tickFromNowOn();
    this.obey(await this.readings.control());
  }

  /** Derives everything again from what is stored; safe at any time. */
  async tick(): Promise<void> {
    const control = await this.readings.control(0);
    this.obey(control);
    // A crash may have left grants of runs that have ended since.
    for await (const head of listHeads(this.ports)) if (head.po) this.#openPools((await this.definitions.graph(head.ver)).workflow);
    await this.reconciler.pass(this.#isDead);
    await followForecasts(this);
    if (!this.dispatcher.paused) await this.followSchedules();
    this.dispatcher.pump();
    // Whoever remembers no last time looks at the clock instead.
    if (!this.#brief || this.ports.clock.now() % 3_600_000 < 60_000) await this.retention.pass();
    this.#options.ticked?.();
  }

  openPools(): void {
    for (const [pool, settings] of Object.entries(this.ports.settings().pools)) this.limiters.pool(pool, settings);
  }

  async followSchedules(): Promise<void> {
    if (this.roles.schedules) await this.schedules.pass();
  }

  /** A person changed the run. Who stays sees to it; who doesn't lets go of it, once everything is written, and has somebody look at it. */
  async changed(run: string): Promise<void> {
    if (!this.#brief) return;
    await this.settled();
    this.decider.close();
    await this.#options.later?.([{ run, at: this.ports.clock.now() }]);
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    const parts = [this.decider, this.dispatcher, this.limiters];
    do {
      for (const part of parts) await part.settled();
      await sleep(this.ports.clock, 0);
    } while (parts.some((part) => part.busy));
  }

  /** Takes no new work; resolves when what runs has ended. `progress` gets the number still running. */
  async drain(progress: (running: number) => void = () => undefined, signal?: AbortSignal): Promise<void> {
    [this.dispatcher.paused, this.worker.draining] = [true, true];
    for (let last = -1; this.worker.running.size > 0; ) {
      if (signal?.aborted) this.worker.abortAll();
      if (this.worker.running.size !== last) progress(this.worker.running.size);
      last = this.worker.running.size;
      await sleep(this.ports.clock, 50);
    }
    this.decider.leaving = true;
    await this.#handling.settled();
    await this.decider.settled();
  }

  /** Ends subscriptions and timers; what was confirmed is stored. */
  async stop(): Promise<void> {
    this.dispatcher.paused = true;
    this.schedules.stop();
    this.#stopTicks();
    for (const stop of this.#stops.splice(0)) await stop();
    this.decider.leaving = true;
    this.limiters.close();
    this.forecasts.close();
    for (const part of [this.decider, this.limiters]) await part.settled();
    await (this.learned.stored ? Promise.all([this.statistics.flush(), this.learned.keep(this, { last: true })]) : this.statistics.flush());
  }

  /** Aborts what runs and forgets everything, so that what is stored can be replaced. Until `renew` takes it up, changes get QMOI_RESTORING. */
  async halt(): Promise<void> {
    this.halted = true;
    await this.drain(undefined, AbortSignal.abort());
    await this.stop();
    this.#build();
  }

  async renew(): Promise<void> {
    this.halted = false;
    if (this.#started) await this.start(this.#isDead);
  }

  refuseHalted(): void {
    if (this.halted) throw new QmoiError("QMOI_RESTORING", "What is stored is being replaced by a backup.");
  }

  /** Creates a run, if it is absent, and begins to work on it. Errors: those of createRun. */
  async create(request: NewRun): Promise<CreatedRun> {
    this.refuseHalted();
    const { run, graph } = request;
    this.#creating.add(run);
    try {
      const created = await createRun(this.ports, request);
      if (created.sent !== undefined && this.roles.works) this.readings.saw(run, created.header, created.sent);
      if (created.created && this.roles.decides) this.#adopt(created.header, graph, created.inputs);
      return created;
    } catch (error) {
      // Without an answer the run may exist.
      if (isTransient(error) && this.roles.decides) this.decider.discover(run);
      throw error;
    } finally {
      this.#creating.delete(run);
    }
  }

  /** Tells the handler each run that something changes in; returns a function that ends it. */
  onRunChange(handler: (run: string) => void): () => void {
    this.#listeners.add(handler);
    return () => this.#listeners.delete(handler);
  }

  #ended(run: string, task: number, attempt: number, item: AttemptItem): void {
    if (!this.roles.decides) return;
    const entry = this.decider.runs.get(run);
    if (entry) this.outputs.heard(entry, task, item);
    this.decider.ended(run, { task, attempt, item });
  }

  /** A workflow's pools must be known before anybody looks for grants that a crash left there. */
  #openPools(workflow: Workflow): void {
    for (const pool of this.host.definePools(workflow)) this.limiters.pool(pool, this.host.pool(pool));
  }

  #adopt(header: HeaderItem, graph: RunEntry["graph"], inputs: Json): void {
    if (this.decider.runs.size >= 20_000) {
      this.reconciler.overflow = true;
      return;
    }
    this.decider.adopt(new RunEntry(header, graph, inputs, new Map(), new Map(), false));
  }

  obey(control: ControlItem | undefined): void {
    this.dispatcher.paused = !moduleRuns(control, "advanced-automation") || this.worker.draining || !this.ports.settings().enabled;
    if (!this.dispatcher.paused) this.dispatcher.pump();
  }

  #tickFromNowOn(): void {
    this.#stopTicks();
    const { clock, logger, settings } = this.ports;
    const wait = (): number => untilNext(settings().tick, clock.now());
    this.#stopTicks = every(clock, logger, wait, () => this.tick());
  }
}
