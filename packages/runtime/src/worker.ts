import { type Failure, hasCode, LATER } from "@qmoi/core";
import { Abort } from "./abort.ts";
import { AttemptEndings, namesOf } from "./attempt-endings.ts";
import { Capture } from "./capture.ts";
import { claimAttempt } from "./claim.ts";
import type { Definitions } from "./definitions.ts";
import type { AttemptItem, AttemptKey } from "./items.ts";
import { endedOutOfMemory, memoryCap } from "./memory-cap.ts";
import { isOfGeneration } from "./of-run.ts";
import type { Outputs } from "./outputs.ts";
import type { Hint, Ports } from "./ports.ts";
import { type Prepared, prepare, prepareOrFail } from "./prepare.ts";
import { mayStart, type Reading, type Readings } from "./readings.ts";
import { Redactor } from "./redactor.ts";
import { isTransient, retrying } from "./retrying.ts";
import { type Located, locate, nameOf, type RunFacts } from "./run-facts.ts";
import { runTarget } from "./run-target.ts";
import { isStopped, stopElsewhere } from "./stop-elsewhere.ts";

/** An effect that hasn't begun so long after its claim doesn't begin any more: its lease must cover it to its end. */
const BEGIN_MS = 10_000;
/** A worker whose end is set aborts what it holds so long before. */
const LEAVE_MS = 5_000;
/** A lease outlives the timeout by this: the time until the effect begins, and the abort's grace. */
const LEASE_SLACK_MS = BEGIN_MS + 10_000;

export interface WorkerParts {
  readonly ports: Ports;
  /** Unique over processes and restarts: who holds a lease. */
  readonly id: string;
  readonly definitions: Definitions;
  readonly outputs: Outputs;
  readonly readings: Readings;
  readonly factsOf: (hint: Hint) => RunFacts | Promise<RunFacts | undefined>;
  /** Told of each attempt that ended here, as it is stored. */
  readonly ended: (attempt: AttemptKey, item: AttemptItem) => void;
  /** Milliseconds this worker has left, where its end is set: no attempt that it holds is leased for longer. */
  readonly remainingMs?: () => number;
}

/** An attempt that this worker holds. */
export interface Running {
  readonly run: string;
  readonly abort: Abort;
  /** The claim is stored: nobody else writes the attempt while the lease holds. */
  claimed: boolean;
  /** Earlier attempts of its task that ended for want of memory. */
  outOfMemory: number;
}

/** Claims attempts, runs their targets and ends them. Never trusts a hint: the claim's condition decides, and a fresh reading allows. */
export class Worker {
  readonly #parts: WorkerParts;
  readonly running = new Map<string, Running>();
  /** Takes no more hints; what runs goes on. */
  draining = false;
  /** Aborts when a shutdown can't wait any more, not for the store either. */
  readonly #leave = new AbortController();

  readonly #endings: AttemptEndings;

  constructor(parts: WorkerParts) {
    this.#parts = parts;
    this.#endings = new AttemptEndings(parts.ports, parts.ended, this.#leave.signal);
  }

  /** Handles one hint to its end. Never rejects for the work's failure. */
  async handle(hint: Hint): Promise<void> {
    if (hint.stop) return stopElsewhere(this.#parts, hint);
    const { ports, readings, factsOf, outputs } = this.#parts;
    const key = `${hint.run}/${hint.task}/${hint.attempt}`;
    if (this.draining || this.running.has(key)) return;
    // What is at hand is not awaited: each await costs as much as what it waits for.
    if (!mayStart(readings.recent(hint.run) ?? (await readings.fresh(hint.run)))) return;
    const found = factsOf(hint);
    const facts = found instanceof Promise ? await found : found;
    const located = facts && isOfGeneration(facts.header, hint) ? locate(facts, hint.task) : undefined;
    if (!facts || !located || this.running.has(key)) return;
    const running: Running = { run: hint.run, abort: new Abort(), claimed: false, outOfMemory: 0 };
    this.running.set(key, running);
    try {
      const preparing = prepareOrFail(ports, () => prepare(ports, facts, outputs, located));
      const prepared = preparing instanceof Promise ? await preparing : preparing;
      if (hint.attempt > 1) running.outOfMemory = await endedOutOfMemory(ports, hint);
      await this.#attempt(hint, located, prepared, running);
    } finally {
      this.running.delete(key);
    }
  }

  /** Aborts what a fresh reading no longer allows to run. */
  async watch(): Promise<void> {
    const runs = new Set([...this.running.values()].map((one) => one.run));
    this.#parts.readings.keepOnly(runs);
    await Promise.all(
      [...runs].map(async (run) => {
        const reading = await this.#parts.readings.fresh(run).catch((error): Reading => {
          // What is being replaced is nobody's any more.
          if (hasCode(error, "QMOI_RESTORING")) return { control: undefined, header: undefined };
          throw error;
        });
        if (!isStopped(reading)) return;
        for (const one of this.running.values()) if (one.run === run) one.abort.abort("cancelled");
      }),
    );
  }

  /** Aborts everything, for a shutdown that can't wait. */
  abortAll(): void {
    this.#leave.abort();
    for (const one of this.running.values()) one.abort.abort("cancelled");
  }

  async #attempt(hint: Hint, located: Located, prepared: Prepared | Failure, running: Running): Promise<void> {
    const { ports } = this.#parts;
    const { def } = located.task;
    const key = `${hint.run}/${hint.task}/${hint.attempt}`;
    const wanted = def.timeout === undefined ? (hint.timeoutMs ?? ports.settings().defaultTimeoutMs) : def.timeout * 1000;
    const left = ports.targets.get(def.target.type)?.outlives ? undefined : this.#parts.remainingMs?.();
    const timeoutMs = Math.min(wanted, Math.max(0, (left ?? Number.POSITIVE_INFINITY) - LEAVE_MS));
    while (!this.#mayBegin(hint, running)) if (!(await this.#isAllowed(hint, running))) return;
    // No await between the check above and the claim's request inside.
    const beginBy = ports.clock.monotonic() + BEGIN_MS;
    const leaseMs = Math.min(timeoutMs + LEASE_SLACK_MS, left ?? Number.POSITIVE_INFINITY);
    let item = await claimAttempt(ports, { hint, worker: this.#parts.id, leaseMs, mayStill: () => this.#mayBegin(hint, running) });
    if (!item) return this.#endings.tell(hint);
    running.claimed = true;
    if ("class" in prepared) return this.#endings.end(hint, item, { s: "failed", f: prepared as AttemptItem["f"] } as Partial<AttemptItem>);
    if (def.effect === "once") {
      item = { ...item, v: item.v + 1, bg: true };
      const begun = await this.#begin(item, beginBy);
      if (begun === "refused") return this.#endings.tell(hint);
      if (begun === "unanswered") return this.#endings.end(hint, item, { s: "void" });
    }
    while (!this.#mayBegin(hint, running, beginBy)) {
      if (!(await this.#isAllowed(hint, running, beginBy))) return this.#endings.end(hint, item, { s: "void" });
    }
    // No await between the check above and the effect inside.
    const redactor = new Redactor(prepared.secrets);
    const capture = new Capture(ports.logs, key, redactor, ports.settings().capturedOutputBytes, () => ports.clock.now());
    const memoryBytes = memoryCap(ports, def, running.outOfMemory);
    const outcome = await runTarget(ports, {
      call: {
        run: hint.run,
        task: nameOf(located),
        attempt: hint.attempt,
        idempotencyKey: prepared.idempotencyKey,
        input: prepared.input,
        token: `${key}/${item.tk}`,
        target: prepared.target,
        timeoutMs,
        output: capture.take,
        ...(memoryBytes === undefined ? {} : { memoryBytes }),
      },
      abort: running.abort,
      heartbeatMs: def.heartbeat === undefined ? undefined : def.heartbeat * 1000,
    });
    if (capture.used)
      await capture.close().catch((error: unknown) => ports.logger.log("warn", "captured output not stored", { ...namesOf(hint), error }));
    if (outcome === LATER) return;
    const storing = this.#endings.stored(item, outcome, def.effect === "once");
    await this.#endings.end(hint, item, redactor.json(storing instanceof Promise ? await storing : storing));
  }

  /** Whether a reading within the bound allows it at this very moment, and it is not too late. */
  #mayBegin(hint: Hint, running: Running, until = Number.POSITIVE_INFINITY): boolean {
    if (running.abort.aborted || this.#parts.ports.clock.monotonic() > until) return false;
    const reading = this.#parts.readings.within(hint.run);
    return reading !== undefined && mayStartFor(reading, hint);
  }

  /** Whether a reading allowed it when this resolved. For want of a store, it doesn't. */
  async #isAllowed(hint: Hint, running: Running, until = Number.POSITIVE_INFINITY): Promise<boolean> {
    try {
      const reading = await this.#parts.readings.fresh(hint.run);
      return mayStartFor(reading, hint) && !running.abort.aborted && this.#parts.ports.clock.monotonic() <= until;
    } catch (error) {
      if (isTransient(error)) return false;
      throw error;
    }
  }

  /** Says that the effect begins, under the token. */
  async #begin(item: AttemptItem, until: number): Promise<"stored" | "refused" | "unanswered"> {
    const { table, clock } = this.#parts.ports;
    try {
      await retrying(clock, until, () => table.put(item, { when: { site: "attempt.begin", equals: { tk: item.tk, s: "running" } } }));
      return "stored";
    } catch (error) {
      if (hasCode(error, "QMOI_CONFLICT")) return "refused";
      if (isTransient(error)) return "unanswered";
      throw error;
    }
  }
}

const mayStartFor = (reading: Reading, hint: Hint): boolean =>
  mayStart(reading) && reading.header !== undefined && isOfGeneration(reading.header, hint);

/** The worker of an engine that is started. */
export const engineWorker = (parts: WorkerParts): Worker => new Worker(parts);
