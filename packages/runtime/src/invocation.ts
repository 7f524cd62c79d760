import type { Change } from "@qmoi/core";
import type { Definitions } from "./definitions.ts";
import { Engine } from "./engine.ts";
import { type AttemptItem, attemptOf, isHeaderKey, keys, runOf } from "./items.ts";
import type { Learned } from "./learned.ts";
import type { Ports, Wake } from "./ports.ts";
import type { Ending } from "./run-entry.ts";
import { underEpoch } from "./under-epoch.ts";

export interface InvocationOptions {
  /** Names its worker in leases and history; unique over all invocations. */
  readonly id: string;
  /** Called with what becomes due after this invocation. */
  readonly later: (wakes: readonly Wake[]) => Promise<void>;
  /** Milliseconds that are left. */
  readonly remainingMs?: () => number;
  readonly definitions?: Definitions;
  /** What earlier invocations in this process have learned of their forecasts. */
  readonly learned?: Learned;
}

/** Runs of others that are looked at when there is room for what waits. */
const MOST_OTHERS = 50;

/**
 * The engine for one invocation of a function: it reads what it needs, does all that follows from what it was told, and forgets everything.
 * Nothing is right only because it was remembered. What it is not told, or is killed over, the next tick derives from what is stored.
 */
export class Invocation {
  readonly #ports: Ports;
  readonly #options: InvocationOptions;
  readonly #engine: Engine;

  constructor(given: Ports, options: InvocationOptions) {
    this.#ports = underEpoch(given, () => this.#engine.readings.epoch);
    this.#options = options;
    const { id, remainingMs, definitions, learned } = options;
    const known = { ...(definitions ? { definitions } : {}), ...(learned ? { learned } : {}) };
    this.#engine = new Engine(this.#ports, { id, brief: true, ...(remainingMs ? { remainingMs } : {}), ...known });
  }

  /** Folds what the table's stream tells of ended attempts and new runs, and starts what follows. */
  async changes(changes: readonly Change[]): Promise<void> {
    const told = new Map<string, Ending[]>();
    const of = (run: string): Ending[] => {
      const endings = told.get(run) ?? [];
      told.set(run, endings);
      return endings;
    };
    let everybody = false;
    for (const { key, item } of changes) {
      if (key.pk === keys.control.pk) everybody = true;
      else if (isHeaderKey(key) && item?.v === 1) of(runOf(key.pk));
      const at = attemptOf(key);
      if (at && item && item.s !== "running") of(at.run).push({ task: at.task, attempt: at.attempt, item: item as AttemptItem });
    }
    if (told.size > 0 || everybody) await this.#decide(told, everybody);
  }

  /** Looks at runs whose time has come, or that a person has changed. */
  async wakes(runs: Iterable<string>): Promise<void> {
    await this.#decide(new Map([...runs].map((run) => [run, []])), false);
  }

  /** Derives everything again from what is stored. */
  async tick(): Promise<void> {
    const engine = this.#engine;
    engine.openPools();
    if (engine.learned.stored) await engine.learned.recall(engine);
    await engine.tick();
    await engine.settled();
    // A concurrency limiter is met only by what waits for it: now that it is known, grants that a crash left there are found too.
    if (engine.dispatcher.parked.size > 0) await engine.reconciler.checkGrants();
    await engine.settled();
    const runs = [...engine.decider.runs.keys()];
    await this.#close(runs);
  }

  async #decide(told: ReadonlyMap<string, readonly Ending[]>, everybody: boolean): Promise<void> {
    const engine = this.#engine;
    const { decider, dispatcher, reconciler, readings } = engine;
    engine.openPools();
    if (engine.learned.stored) await engine.learned.recall(engine);
    engine.obey(await readings.control(0));
    await Promise.all([...told].map(([run, endings]) => decider.take(run, endings)));
    await engine.settled();
    // What goes on elsewhere has nobody who looks at it.
    if (everybody && readings.discards) await reconciler.checkGrants();
    const waited = dispatcher.paused ? new Set<string>() : await this.#waited();
    if (everybody || waited.size > 0) {
      await reconciler.openFirst(MOST_OTHERS);
      await engine.settled();
    }
    if (!dispatcher.paused) await this.#noteDemand(waited);
    await this.#close([...told.keys()]);
  }

  /** Limiters with room, or about to have some, for which others wait. */
  async #waited(): Promise<ReadonlySet<string>> {
    const { limiters } = this.#engine;
    const roomy = limiters.names.filter((name) => limiters.named(name).some((part) => part.loaded && part.free > 0));
    const items = await Promise.all(roomy.map((name) => this.#ports.table.get(keys.demand(name))));
    return new Set(roomy.filter((_, n) => items[n] !== undefined));
  }

  /** Leaves a note for whoever gives room back next; takes it away where nobody waits any more. A wrong one costs reads, a lost one a tick. */
  async #noteDemand(waited: ReadonlySet<string>): Promise<void> {
    const { table } = this.#ports;
    const { awaited } = this.#engine.dispatcher;
    const writes = [...awaited].filter((name) => !waited.has(name)).map((name) => table.put({ ...keys.demand(name), v: 1 }));
    const deletes = [...waited].filter((name) => !awaited.has(name)).map((name) => table.delete(keys.demand(name)));
    await Promise.all([...writes, ...deletes]);
  }

  /** Hands over what becomes due later, and lets go of everything. */
  async #close(runs: readonly string[]): Promise<void> {
    const { decider, dispatcher, statistics, schedules, limiters, forecasts } = this.#engine;
    const due = new Map<string, number>();
    const note = (run: string, at: number): void => void due.set(run, Math.min(at, due.get(run) ?? Number.POSITIVE_INFINITY));
    for (const run of runs) {
      const at = decider.runs.get(run)?.wakeAt;
      if (at !== undefined && at !== Number.POSITIVE_INFINITY) note(run, at);
    }
    for (const [key, { until }] of dispatcher.parked) if (until !== undefined) note(key.split("/")[0] as string, until);
    dispatcher.paused = true;
    schedules.stop();
    decider.close();
    limiters.close();
    forecasts.close();
    await statistics.flush();
    if (this.#engine.learned.stored) await this.#engine.learned.keep(this.#engine);
    if (due.size > 0) await this.#options.later([...due].map(([run, at]) => ({ run, at })));
  }
}
