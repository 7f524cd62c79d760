import type { Definitions } from "./definitions.ts";
import type { AttemptItem, AttemptKey } from "./items.ts";
import type { Limiters } from "./limiters.ts";
import type { Order } from "./order.ts";
import type { Outputs } from "./outputs.ts";
import type { Ports } from "./ports.ts";
import type { Ending, RunEntry } from "./run-entry.ts";

/** What the decider works with. */
export interface DeciderParts {
  readonly ports: Ports;
  readonly definitions: Definitions;
  readonly limiters: Limiters;
  readonly outputs: Outputs;
  /** Told of each attempt that counts, once it is folded. */
  readonly learners: readonly { observe(entry: RunEntry, task: number, item: AttemptItem): void }[];
  readonly order: Order;
  /** Called when a pool may have something to start. */
  readonly wake: (pool: string, entry: RunEntry) => void;
  /** Called once for each run that comes into memory. */
  readonly opened: (entry: RunEntry) => void;
  /** Gives an attempt's grants and reservations back; `unheard`: also grants of which only the store knows. */
  readonly release: (entry: RunEntry, task: number, attempt: number, unheard?: boolean) => void;
  /** The same without the run: it has ended. */
  readonly releaseEverywhere: (attempt: AttemptKey) => void;
}

/** What goes with a save of a run. */
export interface SaveOptions {
  /** When needs were met that no ending here tells of (ms). */
  readonly metAt?: number;
  /** Ended attempts whose grants go back. */
  readonly endings?: readonly Ending[];
  /** Those of them that were news. */
  readonly accepted?: readonly Ending[];
}
