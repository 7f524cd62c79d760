import type { RetryDefaults } from "@qmoi/advanced-automation";
import type { PolicyTuning } from "@qmoi/intelligent-scheduler";

export interface PoolSettings {
  readonly slots: number;
  /** Most slots one task may take; limits how far the pool's limit is split over items. */
  readonly largestTask: number;
}

/** What the engine reads of the configuration, in its own units. Read through a function, so that a change takes effect at once. */
export interface EngineSettings {
  /** Whether the task engine runs at all: otherwise nothing starts. */
  readonly enabled: boolean;
  /** When everything is derived again from what is stored: an expression in AWS's grammar, in UTC. */
  readonly tick: string;
  readonly pools: Readonly<Record<string, PoolSettings>>;
  /** Name of the policy by which work is ordered. */
  readonly policy: string;
  /** How it is tuned; absent as it is by default. */
  readonly tuning?: PolicyTuning;
  /** Most attempts running on this worker at a time. */
  readonly maxRunning: number;
  /** The same for targets of one type. */
  readonly runningOfType: Readonly<Record<string, number>>;
  /** Shares of the host's memory in use above which nothing starts, and below which starting goes on. */
  readonly pauseAboveMemory: number;
  readonly resumeBelowMemory: number;
  readonly retries: RetryDefaults;
  readonly defaultTimeoutMs: number;
  readonly learnedTimeoutFactor: number;
  readonly learnedTimeoutFloorMs: number;
  /** Outputs up to this many bytes of JSON stay in the attempt's item. */
  readonly inlineOutputBytes: number;
  /** Captured output kept per attempt. */
  readonly capturedOutputBytes: number;
  readonly historyDays: number;
  readonly deadLetterDays: number;
  /** Whether a task that declares no memory gets what its type was seen to need. */
  readonly learnsMemory: boolean;
  /** Memory reserved for a task that declares none; 0 reserves nothing. */
  readonly defaultMemoryBytes: number;
  /** Memory cap of a `function` target that declares none. */
  readonly functionMemoryBytes: number;
}

/** No claim and no effect on a control reading older than this, by the worker's monotonic clock. */
export const CONTROL_BOUND_MS = 500;
/** Added to a lease's end before another worker takes the attempt over: clocks may differ by this much. */
export const SKEW_MS = 5_000;
/** An unclaimed grant may be taken away after this. */
export const GRANT_MS = 30_000;
/** A tick comes at least so often, whatever its schedule says. */
export const LONGEST_TICK_MS = 86_400_000;
