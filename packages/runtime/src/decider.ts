import { hasCode, NotFoundError, sleep } from "@qmoi/core";
import { cancelUnclaimed } from "./cancel.ts";
import type { DeciderParts, SaveOptions } from "./decider-parts.ts";
import { foldEnding, isNews, passGates } from "./fold.ts";
import { type HeaderItem, isEnded, secondsOf } from "./items.ts";
import { isOfRun } from "./of-run.ts";
import { offerRunnable } from "./offer.ts";
import { isRefused, isTransient, pauseAfter } from "./retrying.ts";
import type { Ending, RunEntry } from "./run-entry.ts";
import { attemptsOf, loadRun } from "./run-loader.ts";
import { logEndings, logRunEnd } from "./run-log.ts";
import { saveCancel, saveRun } from "./run-saver.ts";
import { sendStops } from "./stop-elsewhere.ts";

/** A change of the run's header that goes with a save. */
export type HeaderPatch = Partial<HeaderItem>;

/**
 * Folds ended attempts into the frontiers of active runs and finds what became runnable. One run is written by one fold at a time here,
 * and under its version against others; whoever loses forgets what it knew and derives everything again from what is stored.
 */
export class Decider {
  readonly runs = new Map<string, RunEntry>();
  /** What the store doesn't take is left to the next start, which derives it again. */
  leaving = false;
  readonly #loading = new Map<string, Promise<RunEntry | undefined>>();
  readonly #parts: DeciderParts;
  readonly #idle = new Set<Promise<unknown>>();

  constructor(parts: DeciderParts) {
    this.#parts = parts;
  }

  /** The run in memory, loaded and reconciled with its attempts when it isn't. Undefined when there is none or it has ended. */
  async open(run: string): Promise<RunEntry | undefined> {
    const known = this.runs.get(run);
    if (known && !known.dead) return known;
    return this.#loadOnce(run, (entry) => this.#takeIn(entry));
  }

  /** The same, but looks only at these of its attempts: what of the others nobody told yet, the tick finds. */
  async take(run: string, endings: readonly Ending[]): Promise<RunEntry | undefined> {
    const entry = this.runs.get(run) ?? (await this.#loadOnce(run, (loaded) => this.#takeInPart(loaded)));
    for (const ending of endings) this.ended(run, ending);
    return entry;
  }

  /** Forgets every run, and what was to be done for it later. */
  close(): void {
    for (const entry of this.runs.values()) this.drop(entry);
  }

  get busy(): boolean {
    return this.#idle.size > 0;
  }

  /** Takes in a run that this process has just created. */
  adopt(entry: RunEntry): void {
    if (this.runs.has(entry.run)) return;
    this.runs.set(entry.run, entry);
    this.#open(entry);
    this.#queueFold(entry);
  }

  /** Another process created a run. */
  discover(run: string): void {
    this.#background(this.open(run));
  }

  /** An attempt ended: fold it soon, together with what else ended by then. */
  ended(run: string, ending: Ending): void {
    const entry = this.runs.get(run);
    if (entry && !entry.dead) {
      if (isNews(entry, ending)) {
        entry.endings.push(ending);
        this.#queueFold(entry);
      } else if (isOfRun(ending.item, entry.header)) {
        // Told again: grants that outlived the fold are given back once it is stored.
        this.#background(entry.busy.then(() => entry.dead || this.#parts.release(entry, ending.task, ending.attempt)));
      }
    } else {
      this.#background(this.#endedElsewhere(run, ending));
    }
  }

  /** The header as the feed tells it: another writer's change makes what is here old. */
  heard(header: HeaderItem): void {
    const entry = this.runs.get(header.pk.slice(2));
    if (entry && header.v > entry.header.v) void entry.busy.then(() => header.v > entry.header.v && this.forget(entry));
  }

  /** The same of a part of the frontier, which changes without the header. */
  heardPart(run: string, part: number, v: number): void {
    const entry = this.runs.get(run);
    const isNews = (): boolean => entry !== undefined && v > (entry.parts.get(part)?.v ?? 0);
    if (entry && isNews()) void entry.busy.then(() => isNews() && this.forget(entry));
  }

  /** Drops what is in memory and derives it again. */
  forget(entry: RunEntry): void {
    if (entry.dead) return;
    const told = entry.endings;
    this.drop(entry);
    this.#background(this.#reopen(entry.run).then(() => this.#settleEnded(entry.run, told)));
  }

  /**
   * Applies a change to one run, serialized with its folds: `change` works on the run's state and returns the header's patch; it may be
   * called again on newer state after a lost race. Errors: what `change` throws; QMOI_NOT_FOUND.
   */
  async transact<T>(run: string, change: (entry: RunEntry) => Promise<{ patch: HeaderPatch; result: T }>): Promise<T> {
    for (;;) {
      const entry = (await this.open(run)) ?? (await this.stored(run));
      if (!entry) throw new NotFoundError(`There is no run "${run}".`, { remedy: "List the runs with `qmoi runs`." });
      const done = await this.#exclusive(entry, async () => {
        if (entry.dead) return undefined;
        try {
          const { patch, result } = await change(entry);
          await this.#save(entry, patch, { metAt: this.#parts.ports.clock.now() });
          return { result };
        } catch (error) {
          this.drop(entry);
          // Who asked for the change can do something about a full disk, so is told.
          if (hasCode(error, "QMOI_CONFLICT") || (isTransient(error) && !isRefused(error))) {
            await sleep(this.#parts.ports.clock, 5);
            return undefined;
          }
          this.#background(this.#reopen(run));
          throw error;
        }
      });
      if (!done) continue;
      // A run that had ended and goes on now comes into memory.
      if (!isEnded(entry.header) && !this.runs.has(run)) await this.open(run);
      return done.result;
    }
  }

  /** Resolves when nothing is being folded. */
  async settled(): Promise<void> {
    while (this.#idle.size > 0) await Promise.allSettled([...this.#idle]);
  }

  /** Reads a run's attempts and folds what the frontier doesn't know yet. */
  async #takeIn(entry: RunEntry): Promise<void> {
    const took = new Map<number, number>();
    for await (const ending of attemptsOf(this.#parts.ports, entry.header, entry.state.size)) {
      if (ending.item.s === "running") continue;
      entry.endings.push(ending);
      if (ending.item.s === "succeeded") took.set(ending.task, secondsOf(ending.item));
    }
    entry.recall(took);
    this.#queueFold(entry);
  }

  #takeInPart(entry: RunEntry): void {
    entry.recall(new Map());
    this.#queueFold(entry);
  }

  /** Loading reconciles the run with all its attempts. Where it has ended, its grants are the only thing left to settle. */
  async #endedElsewhere(run: string, { task, attempt }: Ending): Promise<void> {
    if (!(await this.open(run))) this.#parts.releaseEverywhere({ run, task, attempt });
  }

  /** The run as it is stored, ended ones too. */
  stored(run: string): Promise<RunEntry | undefined> {
    return loadRun(this.#parts.ports, this.#parts.definitions, run);
  }

  #loadOnce(run: string, look: (entry: RunEntry) => Promise<void> | void): Promise<RunEntry | undefined> {
    let loading = this.#loading.get(run);
    if (!loading) {
      loading = this.#load(run, look).finally(() => this.#loading.delete(run));
      this.#loading.set(run, loading);
    }
    return loading;
  }

  async #load(run: string, look: (entry: RunEntry) => Promise<void> | void): Promise<RunEntry | undefined> {
    const entry = await loadRun(this.#parts.ports, this.#parts.definitions, run);
    const known = this.runs.get(run);
    if (known && !known.dead) return known;
    if (!entry || isEnded(entry.header)) return undefined;
    this.runs.set(run, entry);
    this.#open(entry);
    try {
      await look(entry);
    } catch (error) {
      // Kept, it would be taken for known, and nobody would look at it again.
      this.drop(entry);
      throw error;
    }
    return entry;
  }

  /** Its pools must be known, and what it takes predicted, before it has a place in the order of work. */
  #open(entry: RunEntry): void {
    const { order, opened } = this.#parts;
    opened(entry);
    entry.predict(order.of(entry.graph, entry.header.sa), order.factorsOf);
  }

  async #reopen(run: string): Promise<void> {
    const { clock, logger } = this.#parts.ports;
    for (let wait = 20; ; wait = Math.min(2 * wait, 2000)) {
      try {
        await this.open(run);
        return;
      } catch (error) {
        if (!isTransient(error)) logger.log("error", "run not loaded", { run, error });
        if (this.leaving) return;
        await sleep(clock, wait);
      }
    }
  }

  /** Forgets a run. Nothing of it is to be done any more, or it is derived again. */
  drop(entry: RunEntry): void {
    entry.dead = true;
    entry.cancelTimer?.();
    if (this.runs.get(entry.run) === entry) this.runs.delete(entry.run);
  }

  #queueFold(entry: RunEntry): void {
    if (entry.foldQueued || entry.dead) return;
    entry.foldQueued = true;
    this.#background(this.#exclusive(entry, () => this.#fold(entry)));
  }

  #exclusive<T>(entry: RunEntry, work: () => Promise<T>): Promise<T> {
    const turn = entry.busy.then(work, work);
    entry.busy = turn.catch(() => undefined);
    return turn;
  }

  #background(work: Promise<unknown>): void {
    const tracked = work
      .catch((error) =>
        this.#parts.ports.logger.log(isTransient(error) ? "warn" : "error", "run not loaded; the tick repeats it", { error }),
      )
      .finally(() => this.#idle.delete(tracked));
    this.#idle.add(tracked);
  }

  async #fold(entry: RunEntry): Promise<void> {
    entry.foldQueued = false;
    if (entry.dead) return;
    const endings = entry.endings;
    entry.endings = [];
    try {
      const accepted: Ending[] = [];
      for (const ending of endings) {
        const counts = foldEnding(this.#parts, entry, ending);
        if (counts === false || !(await counts)) continue;
        accepted.push(ending);
        if (ending.item.s === "succeeded" && entry.took(ending.task, secondsOf(ending.item))) this.#parts.order.watch.observe(entry.demand);
      }
      await this.#save(entry, {}, { endings, accepted });
      for (const { item, task } of accepted) for (const learner of this.#parts.learners) learner.observe(entry, task, item);
    } catch (error) {
      if (!hasCode(error, "QMOI_CONFLICT") && !isTransient(error))
        this.#parts.ports.logger.log("error", "fold failed", { run: entry.run, error });
      const told = [...endings, ...entry.endings];
      this.drop(entry);
      if (this.leaving && isTransient(error)) return;
      await sleep(this.#parts.ports.clock, pauseAfter(error));
      this.#background(this.#reopen(entry.run).then(() => this.#settleEnded(entry.run, told)));
    }
  }

  /** Reopening tells every ending of an active run again. Of one that another engine has ended, nobody else gives the rest back here. */
  #settleEnded(run: string, endings: readonly Ending[]): void {
    if (this.runs.has(run)) return;
    for (const { task, attempt } of endings) this.#parts.releaseEverywhere({ run, task, attempt });
  }

  /** Gates, cancellation and the run's end, then the writes, then what became runnable. */
  async #save(entry: RunEntry, patch: HeaderPatch, { metAt = entry.header.sa, endings = [], accepted = [] }: SaveOptions): Promise<void> {
    const { ports } = this.#parts;
    await passGates(this.#parts, entry, metAt);
    const state = patch.st ?? entry.header.st;
    const cancels = state === "cancelling" && patch.st !== undefined && !entry.header.small;
    // Where it takes several writes, nothing is cancelled before the run says so: a crash between would leave a run that goes on without it.
    if (cancels) await saveCancel(ports, entry, patch);
    const stops = state === "cancelling" ? await cancelUnclaimed(ports, entry, this.#parts.limiters) : [];
    await saveRun(ports, entry, cancels ? {} : patch);
    // Once: later on the tick asks again.
    if (patch.st === "cancelling") await sendStops(ports, stops);
    logEndings(ports.logger, entry, accepted);
    // Given back before more is asked for, so that one write of the limiter does both.
    for (const { task, attempt } of endings) this.#parts.release(entry, task, attempt, true);
    if (isEnded(entry.header)) {
      logRunEnd(ports.logger, entry);
      this.#background(this.#parts.order.ended(entry));
      this.drop(entry);
    } else if (entry.header.st === "running" && this.runs.get(entry.run) === entry)
      offerRunnable(this.#parts, entry, () => this.#queueFold(entry));
  }
}
