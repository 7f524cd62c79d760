import type { BoundTargets, Checks, WorkflowLimits } from "@qmoi/config";
import type { BlobStore, Clock, Host, Logger, Metrics, Queue, Random, Secrets, Table, TargetRunner, TaskLogs } from "@qmoi/core";
import type { TrainingJob, TrainingOutcome } from "@qmoi/forecast";
import type { EngineSettings } from "./settings.ts";

/** A grant told to a worker. It may come late, twice or never: the claim decides. Times in ms. */
export interface Hint {
  readonly run: string;
  readonly task: number;
  readonly attempt: number;
  readonly readyAt: number;
  /** Number of the run's fold that the grant goes by. */
  readonly fold: number;
  /** Version of the run's header that it goes by: an older one may not know what the task builds on. */
  readonly v: number;
  readonly grantedAt: number;
  /** Timeout that was learned, where the task declares none, in ms. */
  readonly timeoutMs?: number;
  /** No grant: the attempt's work, which goes on elsewhere, is to end. */
  readonly stop?: true;
}

/** A run at which somebody must look when its time has come (ms). It may come early, late, twice or never: the tick looks too. */
export interface Wake {
  readonly run: string;
  readonly at: number;
}

/** Learns somewhere: in another thread or a function. Undefined where there is too little history. */
export type Trainer = (job: TrainingJob) => Promise<TrainingOutcome | undefined>;

/** Everything the engine touches of the world. */
export interface Ports {
  readonly table: Table;
  readonly blobs: BlobStore;
  readonly logs: TaskLogs;
  readonly hints: Queue<Hint>;
  readonly secrets: Secrets;
  readonly targets: ReadonlyMap<string, TargetRunner>;
  readonly host: Host;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Absent where nobody watches by figures. */
  readonly metrics?: Metrics;
  readonly settings: () => EngineSettings;
  /** Of what is published and started. */
  readonly checks: Checks;
  /** What a task can ask for at most: pools and host. */
  readonly limits: () => WorkflowLimits;
  /** What bindings stand for here; without it, for nothing. */
  readonly bindings?: () => BoundTargets;
  /** How forecasts are learned, and by which engine; without it they are only read. */
  readonly training?: { readonly trainer: Trainer; readonly engine: () => string };
}
