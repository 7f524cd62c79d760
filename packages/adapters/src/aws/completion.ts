import type { TargetCall, TargetResult, TaskLogChunk } from "@qmoi/core";

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

/** What the work of a call is given. */
export const callbackOf = ({ token, run, task, attempt, idempotencyKey }: TargetCall, queueUrl: string): Callback => ({
  token,
  queueUrl,
  run,
  task,
  attempt,
  idempotencyKey,
});

/** A call's parameters, its input otherwise, with a `qmoi` beside them; what is no object comes as `input`. */
export const eventOf = (call: TargetCall, parameters: unknown, queueUrl: string): object => {
  const given = parameters ?? call.input;
  const event = typeof given === "object" && given !== null && !Array.isArray(given) ? given : { input: given };
  return { ...event, qmoi: callbackOf(call, queueUrl) };
};
