import type { Json, LogStream, TargetResult, TaskLogChunk } from "@qmoi/core";
import { runInline } from "../targets/inline-function.ts";
import type { TaskFunction } from "../targets/task-function.ts";
import type { Callback, Completion } from "./completion.ts";
import { isProbe, type Probed, probed } from "./probe.ts";
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
/** Most of a task's output that goes with its end (bytes): a message holds 256 KB, and the task's result is in it too. */
const MOST_OUTPUT = 64 * 1024;

/**
 * Runs a user's function as a function of its own, and sends how it went to the queue that the event names. What it writes goes
 * there too, and to the platform's log, which also has what a crash takes away.
 */
export const serveTask =
  (
    work: TaskFunction,
    send: (queueUrl: string, completion: Completion) => Promise<void> = (url, completion) =>
      new SqsSender<Completion>(url).send([completion]),
  ) =>
  async (event: TaskEvent, context: Remaining): Promise<Probed | undefined> => {
    if (isProbe(event)) return probed();
    const { input, qmoi } = event;
    const stop = new AbortController();
    const timeoutMs = context.getRemainingTimeInMillis() - LEAVE_MS;
    const output: TaskLogChunk[] = [];
    let room = MOST_OUTPUT;
    const take = (stream: LogStream, chunk: Uint8Array): void => {
      process.stdout.write(chunk);
      if (room <= 0) return;
      output.push({ stream, at: Date.now(), text: Buffer.from(chunk.subarray(0, room)).toString() });
      room -= chunk.length;
    };
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
        output: take,
      },
      GRACE_MS,
    ).finally(() => clearTimeout(timer));
    await send(qmoi.queueUrl, { token: qmoi.token, result, ...(output.length > 0 ? { output } : {}) });
    return undefined;
  };
