import type { Change } from "@qmoi/core";
import { firstIn } from "@qmoi/master-automation";
import type { Engine } from "./engine.ts";
import { type AttemptItem, type AttemptKey, attemptOf, type ControlItem, type HeaderItem, isHeaderKey, runOf } from "./items.ts";

export interface NewsParts {
  readonly decides: boolean;
  /** Runs being created here, which the feed tells before the answer does. */
  readonly creating: ReadonlySet<string>;
  readonly listeners: ReadonlySet<(run: string) => void>;
  readonly ended: (attempt: AttemptKey, item: AttemptItem) => void;
}

/** What the change feed tells an engine: it makes decisions fast, the tick makes them sure. */
export class News {
  readonly #engine: Engine;
  readonly #parts: NewsParts;

  constructor(engine: Engine, parts: NewsParts) {
    this.#engine = engine;
    this.#parts = parts;
  }

  heard(changes: readonly Change[]): void {
    const { ports, decider, limiters, reconciler } = this.#engine;
    const { decides, listeners } = this.#parts;
    if (listeners.size > 0) {
      const runs = new Set(changes.flatMap(({ key }) => (key.pk.startsWith("R#") ? [key.pk.split("#")[1] as string] : [])));
      for (const run of runs) for (const listener of listeners) listener(run);
    }
    for (const change of changes) {
      const { pk } = change.key;
      if (pk.startsWith("R#")) {
        if (decides) this.#heardOfRun(change);
      } else if (pk.startsWith("G#")) limiters.heard(change);
      else if (pk === "CTL") this.#engine.obey(change.item as ControlItem | undefined);
    }
    if (reconciler.overflow && decider.runs.size < 10_000) {
      reconciler.overflow = false;
      void reconciler.loadActive().catch((error) => ports.logger.log("warn", "active runs not loaded", { error }));
    }
  }

  /** Most changes are this process's own and known to it: those are told by their key and version, without reading the item. */
  #heardOfRun(change: Change): void {
    if (isHeaderKey(change.key)) this.#heardHeader(change);
    else {
      const at = attemptOf(change.key);
      if (at) this.#heardAttempt(at, change);
    }
  }

  #heardHeader(change: Change): void {
    const { decider, reconciler } = this.#engine;
    const run = runOf(change.key.pk);
    const v = change.v ?? change.item?.v;
    const entry = decider.runs.get(run);
    if (v === undefined || (entry ? v <= entry.writing : v !== 1 || this.#parts.creating.has(run))) return;
    const header = change.item as HeaderItem;
    if (entry) decider.heard(header);
    else if (header.i2p !== undefined && !reconciler.overflow) decider.discover(run);
  }

  #heardAttempt(at: AttemptKey, change: Change): void {
    const own = this.#engine.worker.running.get(`${at.run}/${at.task}/${at.attempt}`);
    // While a claim is under way somebody else's is told by its refusal.
    if (own && (own.claimed || isFirst(change.v ?? change.item?.v))) return;
    const item = change.item as AttemptItem | undefined;
    if (item && item.s !== "running") this.#parts.ended(at, item);
  }
}

/** Whether a write created the attempt, in whichever generation. */
const isFirst = (v: number | undefined): boolean => v !== undefined && v === firstIn({ v });
