import type { TargetResult, TaskLogChunk } from "@qmoi/core";

/** Tells how work went on that ran elsewhere. `at`: not before this time (ms). */
export interface Completion {
  /** The attempt's token, as the work was given it. */
  readonly token: string;
  readonly result: TargetResult;
  /** What the work wrote. */
  readonly output?: readonly TaskLogChunk[];
  readonly at?: number;
}

/** What work that runs elsewhere is given beside its input. */
export interface Callback {
  readonly token: string;
  /** Queue to which the work sends its Completion. */
  readonly queueUrl: string;
  readonly run: string;
  readonly task: string;
  readonly attempt: number;
  readonly idempotencyKey: string;
}
