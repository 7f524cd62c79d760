import type { Graph } from "@qmoi/advanced-automation";
import { CHECKS, loadEverything, type Workflow } from "@qmoi/config";
import type { HostResources, Item, Json, Table, TargetResult } from "@qmoi/core";
import {
  type ControlPlane,
  compileText,
  createControlPlane,
  Definitions,
  Engine,
  type EngineOptions,
  type EngineSettings,
  engineWorker,
  explanations,
  forecasters,
  type Hint,
  type Ports,
  type Wake,
} from "@qmoi/runtime";
import { ensure } from "./ensure.ts";
import { FunctionHost } from "./function-host.ts";
import { type HostAnswer, type Invariant, Judge, type Skews } from "./judge.ts";
import { Feed } from "./ports/feed.ts";
import { Hints } from "./ports/hints.ts";
import { SimTable } from "./ports/sim-table.ts";
import { SmallStores, simBlobs, simHost, simLogs, simSecrets } from "./ports/small-stores.ts";
import { Store } from "./ports/store.ts";
import { SeededRandom } from "./random.ts";
import { type Effect, Executors, type Profile } from "./world/executors.ts";
import { Faults, type FaultsOptions } from "./world/faults.ts";
import { type Held, Life } from "./world/life.ts";
import { type Skew, VirtualClock } from "./world/virtual-clock.ts";
import { World } from "./world/world.ts";

export interface ClusterOptions {
  readonly seed: string;
  readonly settle: () => Promise<void>;
  /** The world's time at its beginning, in ms since 1970. */
  readonly epoch: number;
  readonly faults: Omit<FaultsOptions, "random">;
  /** How long a request or an answer takes, in ms. */
  readonly latency: (random: SeededRandom) => number;
  readonly settings: EngineSettings;
  readonly capacity: HostResources;
  readonly skews: Skews;
  readonly profile: (run: string, task: string, workflow: string) => Profile;
  /** The workflows are a person's own: outputs don't fit what their expressions expect. */
  readonly own?: boolean;
  readonly invariants: readonly Invariant[];
  /** Processes run as functions: an engine for each event. */
  readonly functions?: boolean;
  readonly dropped?: ReadonlySet<string>;
  readonly trace?: (line: string) => void;
  /** How engines see the table; as it is otherwise. */
  readonly seen?: (table: Table) => Table;
  /** What the table holds before anything happens. */
  readonly before?: (small: SmallStores) => readonly Item[];
}

/** One engine process in one life. */
export interface Process {
  /** The machine's name: the same over its lives. */
  readonly name: string;
  readonly life: Life;
  readonly engine: Engine;
  readonly plane: ControlPlane;
  readonly roles: NonNullable<EngineOptions["roles"]>;
}

interface Started {
  readonly engine: Engine;
  readonly begin: () => Promise<void>;
}

const TOLD_AGAIN_MS = 2_000;
const TARGETS = ["function", "process", "http", "wait", "lambda", "step-functions", "sqs", "ecs", "binding"] as const;

/** A world with its stores, its judge, and the processes that run the real engine in it. */
export class Cluster {
  readonly world: World;
  readonly store: Store;
  readonly small = new SmallStores();
  readonly faults: Faults;
  readonly judge: Judge;
  readonly executors: Executors;
  readonly hints: Hints<Hint>;
  readonly wakes: Hints<Wake>;
  readonly feed: Feed;
  /** Processes that live, by name. */
  readonly processes = new Map<string, Process>();
  /** Wall clocks by machine. */
  readonly clocks = new Map<string, Skew>();
  /** Calls that a scene holds: it takes those for which this is true. */
  hold: (held: Held) => boolean = () => false;
  /** Called after a life ended. */
  died: (name: string) => void = () => undefined;
  readonly #options: ClusterOptions;
  readonly #random: SeededRandom;
  readonly #lives = new Map<string, number>();
  readonly #graphs = new Map<string, Graph>();
  readonly #hosts = new WeakMap<Life, FunctionHost>();
  readonly #asked = new WeakMap<Life, HostAnswer>();

  private constructor(options: ClusterOptions) {
    this.#options = options;
    this.#random = new SeededRandom(options.seed);
    const latencies = this.#random.fork("latency");
    const latency = (): number => options.latency(latencies);
    this.world = new World({ random: this.#random.fork("order"), settle: options.settle, epoch: options.epoch });
    this.faults = new Faults({ ...options.faults, random: this.#random.fork("faults") });
    this.store = new Store(this.world);
    this.feed = new Feed(this.world, this.faults, latency, (life, error) =>
      this.judge.tell("logged", { life, level: "error", message: "a handler refused changes", fields: { error } }),
    );
    this.judge = new Judge(
      {
        world: this.world,
        store: this.store,
        settings: options.settings,
        skews: options.skews,
        own: options.own ?? false,
        definition: (version) => this.#blob(`definitions/${version}.json`) as unknown as Workflow,
        blob: (key) => this.#blob(key),
        engines: () => this.processes.values(),
        hostAnswer: (life) => this.#asked.get(life),
        output: (run, task) => this.#profile(run, task).output,
      },
      options.invariants,
    );
    this.executors = new Executors({
      world: this.world,
      faults: this.faults,
      random: this.#random.fork("work"),
      profile: (run, task) => this.#profile(run, task),
      began: (effect) => {
        this.trace(() => `${effect.life.id}: effect ${effect.call.run}/${effect.call.task}/${effect.call.attempt} begins`);
        this.judge.tell("began", effect);
      },
      ended: (effect) => {
        const { run, task, attempt } = effect.call;
        this.trace(() => `effect ${run}/${task}/${attempt} ends: ${JSON.stringify(effect.said ?? "killed").slice(0, 120)}`);
        this.judge.tell("ended", effect);
      },
      ...(options.functions ? { told: (effect, result) => this.#complete(effect, result) } : {}),
    });
    this.hints = new Hints(this.world, this.faults, latency, (life, hints) => this.judge.tell("hinted", { life, hints }));
    this.wakes = new Hints(this.world, this.faults, latency, () => undefined);
    this.store.onCommit((commit) => {
      this.trace(() => `stored ${commit.key.pk}/${commit.key.sk} ${JSON.stringify(commit.item ?? null)}`);
      this.feed.publish(commit);
    });
  }

  static async open(options: ClusterOptions): Promise<Cluster> {
    // A world whose time passes by itself waits for no file.
    await Promise.all([loadEverything(), forecasters.load(), explanations.load()]);
    const cluster = new Cluster(options);
    for (const item of options.before?.(cluster.small) ?? []) await cluster.store.table.put(item);
    await cluster.store.open();
    return cluster;
  }

  /** Starts a process: the first life of its machine, or the next one. */
  start(name: string, roles: Process["roles"], isDead: (worker: string) => boolean = () => false): Process {
    const lives = (this.#lives.get(name) ?? 0) + 1;
    this.#lives.set(name, lives);
    const life = new Life(`${name}.${lives}`, {
      world: this.world,
      faults: this.faults,
      latency: () => this.#options.latency(this.world.random),
      died: () => this.#died(name, life),
      hold: (held) => this.hold(held),
      trace: (who, text) => this.trace(() => `${who.id}: ${text}`),
    });
    const { engine, begin } = this.#options.functions ? this.#functions(name, life, roles) : this.#engine(name, life, roles, isDead);
    const process: Process = { name, life, engine, plane: createControlPlane(engine), roles };
    this.processes.set(name, process);
    this.trace(() => `${life.id}: starts`);
    begin().catch((error: unknown) => {
      this.trace(() => `${life.id}: does not start: ${String(error)}`);
      life.crash();
    });
    return process;
  }

  #engine(name: string, life: Life, roles: Process["roles"], isDead: (worker: string) => boolean): Started {
    const ports = this.#ports(name, life);
    const engine = new Engine(ports, { id: life.id, roles, worker: engineWorker, definitions: this.#definitions(ports) });
    return { engine, begin: () => engine.start(isDead) };
  }

  /** The engine here only serves people; all else is done by those that live for one event. */
  #functions(name: string, life: Life, { decides = true, works = true }: Process["roles"]): Started {
    const ports = this.#ports(name, life);
    const wakes = this.wakes.of(life);
    const definitions = this.#definitions(ports);
    const engine = new Engine(ports, {
      id: life.id,
      definitions,
      brief: true,
      roles: { decides: false, works: false, schedules: false },
      later: (messages) => wakes.send(messages),
    });
    engine.openPools();
    const host = new FunctionHost(ports, { id: life.id, definitions, decides, works, wakes });
    this.#hosts.set(life, host);
    return { engine, begin: () => host.start() };
  }

  /** Each process reads definitions for itself; that all of them compile the same text would only cost time. */
  #definitions({ blobs }: Ports): Definitions {
    return new Definitions(blobs, { compile: (text, version) => ensure(this.#graphs, version, () => compileText(text, version)) });
  }

  /** A platform tells an outcome to a function on some machine, and again until it was taken or nobody needs it any more. */
  #complete(effect: Effect, result: TargetResult, tries = 5): void {
    const again = (): void => {
      if (tries > 0) this.world.after(TOLD_AGAIN_MS, undefined, () => this.#complete(effect, result, tries - 1));
    };
    const able = [...this.processes.values()].filter(({ roles }) => roles.works !== false);
    if (able.length === 0) again();
    else this.#hosts.get(this.#random.pick<Process>(able).life)?.complete(effect, result).catch(again);
  }

  /** Whether a worker is proven dead: its process has ended, and nothing it began goes on. */
  isDead(worker: string): boolean {
    for (const { life } of this.processes.values()) if (life.id === worker) return false;
    return this.executors.isQuiet(worker);
  }

  /** Tells what happens to whoever asked for the trace. */
  trace(line: () => string): void {
    this.#options.trace?.(`${this.world.now.toFixed(3).padStart(12)} ${line()}`);
  }

  #blob(key: string): Json {
    const bytes = this.small.blobs.get(key);
    if (!bytes) throw new Error(`the blob ${key} was never stored`);
    return JSON.parse(Buffer.from(bytes).toString()) as Json;
  }

  #profile(run: string, task: string): Profile {
    return this.#options.profile(run, task, this.judge.ledger.runs.get(run)?.header.wf ?? "");
  }

  #died(name: string, life: Life): void {
    if (this.processes.get(name)?.life === life) this.processes.delete(name);
    this.executors.died(life);
    this.died(name);
  }

  #ports(name: string, life: Life): Ports {
    const { world, store, feed, small, judge } = this;
    const { settings, capacity, dropped = new Set(), seen = (table: Table) => table } = this.#options;
    const own = this.#random.fork(life.id);
    const others = (): number => (own.chance(0.1) ? own.between(0, 0.3) : 0);
    const said = (available: HostResources): void => {
      const reserved = this.processes.get(name)?.engine.host.reserved;
      if (reserved) this.#asked.set(life, { available, reserved });
    };
    const watch = {
      sending: (who: Life, item: Parameters<SimTable["put"]>[0], site: string | undefined) =>
        judge.tell("sending", { life: who, item, site }),
      answered: (who: Life, key: { pk: string; sk: string }, item: Parameters<SimTable["put"]>[0] | undefined, sent: number) =>
        judge.tell("answered", { life: who, key, item, sent }),
    };
    return {
      table: seen(new SimTable({ world, life, store, feed, watch, dropped })),
      blobs: simBlobs(world, life, small),
      logs: simLogs(life, small),
      hints: this.hints.of(life),
      secrets: simSecrets(life),
      targets: new Map(TARGETS.map((type) => [type, this.executors.runner(type, life)])),
      host: simHost(capacity, others, said),
      clock: new VirtualClock(world, life, () => this.clocks.get(name) ?? { offset: 0, ppm: 0 }, own.between(0, 1e9)),
      random: own,
      logger: {
        log: (level, message, fields = {}) => {
          this.trace(() => `${life.id}: ${level} ${message} ${fields.error instanceof Error ? fields.error.message : ""}`);
          judge.tell("logged", { life, level, message, fields });
        },
      },
      settings: () => settings,
      checks: CHECKS,
      limits: () => ({ pools: settings.pools, host: capacity }),
    };
  }
}

/** The output that a task's work gives unless its workload says otherwise: the same over all attempts. */
export const plainOutput = (run: string, task: string): Json => ({ of: `${run}/${task}` });
