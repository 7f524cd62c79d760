import { BIT } from "@qmoi/advanced-automation";
import type { Workflow } from "@qmoi/config";
import type { HostResources, Item, Json, Key, LogFields, LogLevel } from "@qmoi/core";
import type { Engine, EngineSettings, Hint } from "@qmoi/runtime";
import { type AttemptEvent, type HeaderEvent, Ledger, type RunRecord, type TaskEvent } from "./ledger.ts";
import type { Commit, Store } from "./ports/store.ts";
import type { Effect } from "./world/executors.ts";
import type { Life } from "./world/life.ts";
import type { World } from "./world/world.ts";

/** What must hold in every world, whatever goes wrong there. */
export interface Invariant {
  readonly name: string;
  readonly sentence: string;
  /** Subscribes to what it needs to see. `violated` says how it was broken; the first call ends the world. */
  readonly watch: (judge: Judge, violated: (message: string) => void) => void;
}

export interface Violation {
  readonly invariant: string;
  readonly message: string;
  /** The world's time in ms since its beginning. */
  readonly at: number;
}

/** A key of a limit as the run has it, where only inputs decide it; undefined otherwise. */
export const keyOf = (run: RunRecord, text: string): string | undefined => {
  const key = text.replace(/\$\{\{ *inputs\.(\w+) *\}\}/g, (_, name: string) => String(run.inputs[name]));
  return key.includes("${{") ? undefined : key;
};

export interface Sending {
  readonly life: Life;
  readonly item: Item;
  readonly site: string | undefined;
}

export interface Answered {
  readonly life: Life;
  readonly key: Key;
  readonly item: Item | undefined;
  readonly sent: number;
}

export interface Hinted {
  readonly life: Life;
  readonly hints: readonly Hint[];
}

export interface Logged {
  readonly life: Life;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/** How far clocks are off in this world: the most that one is ahead of the true time and behind it (ms). */
export interface Skews {
  readonly ahead: number;
  readonly behind: number;
  /** Clocks may differ by more than the engine allows for: what rests on leases needn't hold. */
  readonly far: boolean;
}

/** What a host said that it has, and what was reserved when it was asked. */
export interface HostAnswer {
  readonly available: HostResources;
  readonly reserved: HostResources;
}

export interface Scheduled {
  readonly workflow: Workflow;
  readonly publishedAt: number;
  until: number;
}

type Listener<T> = (event: T) => void;

/** What a world's events are, by name. `ran`: a run has ended; `calm`: faults have ceased; `end`: everything should have come to rest. */
export interface Events {
  commit: Commit;
  attempt: AttemptEvent;
  header: HeaderEvent;
  task: TaskEvent;
  ran: { readonly run: RunRecord };
  began: Effect;
  ended: Effect;
  sending: Sending;
  answered: Answered;
  hinted: Hinted;
  logged: Logged;
  calm: undefined;
  end: undefined;
}

export interface JudgeParts {
  readonly world: World;
  readonly store: Store;
  readonly settings: EngineSettings;
  readonly skews: Skews;
  readonly own: boolean;
  readonly definition: (version: string) => Workflow;
  readonly blob: (key: string) => Json;
  /** Engines that live now. */
  readonly engines: () => Iterable<{ readonly life: Life; readonly engine: Engine }>;
  /** The last question of a process to its host. */
  readonly hostAnswer: (life: Life) => HostAnswer | undefined;
  /** The output that a task's work gives, by run and name. */
  readonly output: (run: string, task: string) => Json;
}

/** Tells every event of a world to the invariants and keeps the first violation. */
export class Judge {
  readonly world: World;
  readonly store: Store;
  readonly ledger: Ledger;
  readonly settings: EngineSettings;
  readonly skews: Skews;
  /** The workflows are a person's own: their expressions may fail, since outputs are drawn. */
  readonly own: boolean;
  readonly engines: JudgeParts["engines"];
  readonly hostAnswer: JudgeParts["hostAnswer"];
  readonly #output: JudgeParts["output"];
  /** Runs that a person asked to redrive. */
  readonly redriven = new Set<string>();
  /** How often persons asked to decide a held task (`run/task`). */
  readonly decisions = new Map<string, number>();
  /** Limits by concurrency key, and by rate key with the seconds in which so many may start: of definitions whose runs began. */
  readonly concurrencies = new Map<string, number>();
  readonly rates = new Map<string, { readonly limit: number; readonly per: number }>();
  /** Spawn budgets by workflow. */
  readonly budgets = new Map<string, { readonly runs: number; readonly per: number }>();
  /** Workflows with schedules: when published, and until when (both the world's time in ms since 1970) their schedules are enabled. */
  readonly scheduled = new Map<string, Scheduled>();
  violation: Violation | undefined;
  readonly #listeners: { [K in keyof Events]: Listener<Events[K]>[] } = {
    commit: [],
    attempt: [],
    header: [],
    task: [],
    ran: [],
    began: [],
    ended: [],
    sending: [],
    answered: [],
    hinted: [],
    logged: [],
    calm: [],
    end: [],
  };

  constructor(
    { world, store, settings, skews, own, definition, blob, engines, hostAnswer, output }: JudgeParts,
    invariants: readonly Invariant[],
  ) {
    this.world = world;
    this.store = store;
    this.settings = settings;
    this.skews = skews;
    this.own = own;
    this.engines = engines;
    this.hostAnswer = hostAnswer;
    this.#output = output;
    this.ledger = new Ledger({
      now: () => world.now,
      definition,
      inputs: ({ in: inline, inb }) => ((inb === undefined ? inline : blob(inb)) ?? {}) as Readonly<Record<string, Json>>,
      attempt: (event) => this.tell("attempt", event),
      header: (event) => {
        if (!event.old) this.#learnLimits(event.run);
        this.tell("header", event);
      },
      ran: (event) => this.tell("ran", event),
      task: (event) => this.tell("task", event),
    });
    store.onCommit((commit) => {
      this.ledger.follow(commit);
      this.tell("commit", commit);
    });
    for (const invariant of invariants) invariant.watch(this, (message) => this.#violated(invariant.name, message));
  }

  on<K extends keyof Events>(name: K, listener: Listener<Events[K]>): void {
    this.#listeners[name].push(listener);
  }

  tell<K extends keyof Events>(name: K, event: Events[K]): void {
    for (const listener of this.#listeners[name]) listener(event);
  }

  /** Follows the schedules of a workflow that was published at this time. */
  schedule(name: string, publishedAt: number): void {
    const version = this.store.peek({ pk: "W", sk: name })?.ver as string;
    const { workflow } = this.ledger.graph(version);
    this.scheduled.set(name, { workflow, publishedAt, until: Number.POSITIVE_INFINITY });
  }

  /** What an expression sees of a task that ended: its output if it succeeded, a list of outputs for a forEach, else null. */
  expectedOutput(run: RunRecord, name: string): Json {
    const succeeded = (task: number): boolean =>
      run.bits[task] === BIT.succeeded && this.ledger.attemptsOf(run, task).at(-1)?.item.w !== "person";
    const task = run.graph.indexOf.get(name) as number;
    const expansion = run.header.exp?.find(([template]) => template === task);
    if (expansion)
      return Array.from({ length: expansion[2] }, (_, k) => (succeeded(expansion[1] + k) ? this.#output(run.run, `${name}[${k}]`) : null));
    if (run.graph.tasks[task]?.def.forEach) return run.bits[task] === BIT.succeeded ? [] : null;
    return succeeded(task) ? this.#output(run.run, name) : null;
  }

  /** Of two definitions that give a key unlike limits the larger one is what can be held. */
  #learnLimits(run: RunRecord): void {
    for (const { def } of run.graph.tasks) {
      const concurrency = def.concurrency && keyOf(run, def.concurrency.key);
      if (def.concurrency && concurrency !== undefined)
        this.concurrencies.set(concurrency, Math.max(def.concurrency.limit, this.concurrencies.get(concurrency) ?? 0));
      const rate = def.rate && keyOf(run, def.rate.key);
      if (def.rate && rate !== undefined && !this.rates.has(rate)) this.rates.set(rate, def.rate);
    }
  }

  #violated(invariant: string, message: string): void {
    this.violation ??= { invariant, message, at: this.world.now };
    this.world.ended = true;
  }
}
