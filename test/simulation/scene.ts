import type { WorkflowDocument } from "@qmoi/config";
import { type ControlItem, type Hint, keys } from "@qmoi/runtime";
import { Cluster, defaultRetries, INVARIANTS, type Process, type Profile, plainOutput } from "@qmoi/simulator";

export interface SceneOptions {
  /** Told the conditions that were used, once the scene is over. */
  readonly used?: (sites: Iterable<string>) => void;
  /** Conditions of writes that are left out, by their sites. */
  readonly dropped?: readonly string[];
  readonly slots?: number;
  readonly policy?: string;
  /** How long a request or an answer takes at most. */
  readonly latencyMs?: number;
  readonly historyDays?: number;
  readonly profile?: (run: string, task: string) => Partial<Profile>;
  /** Everything runs as functions, an engine for each event, and no change of the table is told to any. */
  readonly unheard?: boolean;
}

/** A call that a scene stops before it is made. */
export interface Stopped {
  /** Whose call it is, once one came. */
  readonly by: () => string | undefined;
  readonly go: () => void;
  /** Its caller gets no answer: it is made, or never. */
  readonly lose: (made: boolean) => void;
}

interface Trap {
  readonly matches: (life: string, label: string) => boolean;
  held?: { readonly by: string; readonly go: () => void; readonly lose: (made: boolean) => void };
}

const MINUTE = 60_000;
const SECOND = { attempts: 3, backoff: "constant", delay: 1, cap: 10, jitter: "none" } as const;

/** A small world that a test directs: no faults, engines started by name, calls stopped and let go one by one. */
export class Scene {
  readonly cluster: Cluster;
  readonly hints: Hint[] = [];
  readonly #used: SceneOptions["used"];
  readonly #stops: Trap[] = [];

  private constructor(cluster: Cluster, used: SceneOptions["used"]) {
    this.cluster = cluster;
    this.#used = used;
    cluster.judge.on("hinted", ({ hints }) => void this.hints.push(...hints));
    cluster.hold = ({ life, call, go, lose }) => {
      const stop = this.#stops.find((one) => one.held === undefined && one.matches(life.id, call.label));
      if (stop) stop.held = { by: life.id, go, lose };
      return stop !== undefined;
    };
  }

  static async open({
    dropped = [],
    slots = 4,
    policy = "fair",
    latencyMs = 2,
    historyDays = 30,
    profile,
    unheard = false,
    used,
  }: SceneOptions = {}): Promise<Scene> {
    const cluster = await Cluster.open({
      seed: "scene",
      settle: () => new Promise((resolve) => void process.nextTick(resolve)),
      epoch: Date.UTC(2026, 2, 2, 9),
      faults: unheard ? { rates: { "feed-lost": 1 }, only: ["feed-lost"] } : { rates: {}, only: [] },
      functions: unheard,
      latency: (random) => random.between(0, latencyMs),
      capacity: { cpu: 8, memory: 8e9, disk: 8e9 },
      skews: { ahead: 0, behind: 0, far: false },
      profile: (run, task) => ({ ms: [100, 100], failures: 0, failsWith: "exit", output: plainOutput(run, task), ...profile?.(run, task) }),
      invariants: INVARIANTS,
      dropped: new Set(dropped),
      settings: {
        enabled: true,
        tick: "rate(1 minute)",
        pools: { default: { slots, largestTask: slots } },
        policy,
        maxRunning: 100,
        runningOfType: {},
        pauseAboveMemory: 0.9,
        resumeBelowMemory: 0.8,
        retries: defaultRetries(SECOND),
        defaultTimeoutMs: 10_000,
        learnedTimeoutFactor: 10,
        learnedTimeoutFloorMs: 10_000,
        inlineOutputBytes: 4096,
        capturedOutputBytes: 1e6,
        historyDays,
        deadLetterDays: 30,
        learnsMemory: true,
        defaultMemoryBytes: 0,
        functionMemoryBytes: 0,
      },
    });
    return new Scene(cluster, used);
  }

  /** Starts an engine and waits until it works. */
  async engine(name: string, roles: Process["roles"] = {}): Promise<Process> {
    const process = this.cluster.start(name, roles);
    await this.pass(2000);
    return process;
  }

  decider(name: string): Promise<Process> {
    return this.engine(name, { works: false });
  }

  worker(name: string): Promise<Process> {
    return this.engine(name, { decides: false, schedules: false });
  }

  /** Stops the next call of the engine whose label this is: `put` and a condition's site, or an operation and a kind of item. */
  stop(engine: string, label: string): Stopped {
    const stop: Trap = { matches: (life, called) => called === label && life.startsWith(`${engine}.`) };
    this.#stops.push(stop);
    return { by: () => stop.held?.by, go: () => stop.held?.go(), lose: (made) => stop.held?.lose(made) };
  }

  process(name: string): Process {
    return this.cluster.processes.get(name) as Process;
  }

  /** Stops the system or starts it again, as the master does. */
  async control(mode: ControlItem["mode"], discard = false): Promise<void> {
    const { store, world } = this.cluster;
    const old = store.peek(keys.control) as ControlItem | undefined;
    const item: ControlItem = { ...keys.control, v: (old?.v ?? 0) + 1, mode, epoch: (old?.epoch ?? 0) + 1, at: world.time, discard };
    await store.serve(undefined, undefined, (table) => table.put(item));
  }

  async resumeAll(by: Process): Promise<void> {
    for (const { run, header } of this.cluster.judge.ledger.runs.values())
      if (header.st === "paused") await this.done(by.plane.resume(run));
  }

  /** Lets the world go on until the call was stopped. */
  async reached(stop: Stopped, minutes = 5): Promise<void> {
    await this.until(() => stop.by() !== undefined, minutes);
  }

  async until(done: () => boolean, minutes = 5): Promise<void> {
    const { world, judge } = this.cluster;
    const held = await world.until(done, world.now + minutes * MINUTE);
    if (!held && !judge.violation) throw new Error(`waited ${minutes} minutes in vain for ${done}`);
  }

  async pass(ms: number): Promise<void> {
    await this.cluster.world.until(() => false, this.cluster.world.now + ms);
  }

  /** The outcome of what a person asked for; the world goes on until it is there. */
  async done<T>(request: Promise<T>): Promise<T | Error> {
    let outcome: T | Error | undefined;
    request.then(
      (value) => {
        outcome = value;
      },
      (error: Error) => {
        outcome = error;
      },
    );
    await this.until(() => outcome !== undefined);
    return outcome as T | Error;
  }

  /** Publishes a workflow and starts a run of it; resolves with the run's id. */
  async run(by: Process, document: WorkflowDocument): Promise<string> {
    await this.done(by.plane.publish(document));
    const run = await this.done(by.plane.startRun({ workflow: document.name }));
    return (run as { run: string }).run;
  }

  /** Whether the run has ended in the store. */
  ended(run: string): boolean {
    return this.cluster.judge.ledger.runs.get(run)?.header.ea !== undefined;
  }

  bit(run: string, task: number): number {
    return this.cluster.judge.ledger.runs.get(run)?.bits[task] ?? 0;
  }

  /** Lets everything come to rest, and says what was violated. */
  async verdict(): Promise<string | undefined> {
    const { world, judge } = this.cluster;
    await world.until(() => false, world.now + 10 * MINUTE);
    // A schedule may have just fired: judged between two firings, nothing is under way.
    await world.until(() => [...judge.ledger.runs.values()].every((run) => run.header.ea !== undefined), world.now + 10 * MINUTE);
    await this.pass(15_000);
    judge.tell("end", undefined);
    this.#used?.(this.cluster.store.sites.keys());
    return judge.violation && `${judge.violation.invariant}: ${judge.violation.message}`;
  }
}

/** A task that calls a function. */
export const task = (name: string, more: object = {}) => ({ name, target: { type: "function" as const, module: "work.ts" }, ...more });
