import type { Json, TargetResult } from "@qmoi/core";
import { runInline } from "../targets/inline-function.ts";
import type { TaskFunction } from "../targets/task-function.ts";
import type { Callback, Completion } from "./completion.ts";
import { SqsSender } from "./sqs-sender.ts";

/** What a function made from a `function` task is invoked with. */
export interface TaskEvent {
  readonly input: Json;
  readonly qmoi: Callback;
}

/** What of the platform's context is used. */
export interface Remaining {
  getRemainingTimeInMillis(): number;
}

/** Between the abort signal and the end of the invocation (ms): time for the task to stop, and to tell how it went. */
const LEAVE_MS = 3_000;
const GRACE_MS = 1_000;

/** Runs a user's function as a function of its own, and sends how it went to the queue that the event names. Its log lines go to the platform's log. */
export const serveTask =
  (
    work: TaskFunction,
    send: (queueUrl: string, completion: Completion) => Promise<void> = (url, completion) =>
      new SqsSender<Completion>(url).send([completion]),
  ) =>
  async ({ input, qmoi }: TaskEvent, context: Remaining): Promise<void> => {
    const stop = new AbortController();
    const timeoutMs = context.getRemainingTimeInMillis() - LEAVE_MS;
    const timer = setTimeout(() => stop.abort("timeout"), timeoutMs);
    const result: TargetResult = await runInline(
      work,
      {
        ...qmoi,
        input,
        target: { type: "function" },
        timeoutMs,
        signal: stop.signal,
        heartbeat: () => undefined,
        output: (_, chunk) => void process.stdout.write(chunk),
      },
      GRACE_MS,
    ).finally(() => clearTimeout(timer));
    await send(qmoi.queueUrl, { token: qmoi.token, result });
  };
