import type { Json, TargetCall, TargetResult } from "@qmoi/core";
import { aborted, failed } from "./failures.ts";
import type { TaskContext, TaskFunction, TaskLogger } from "./task-function.ts";
import { thrownFailure } from "./thrown.ts";

const encoder = new TextEncoder();

const isPromise = (value: unknown): value is Promise<unknown> => typeof (value as Promise<unknown> | undefined)?.then === "function";

const loggerOf = (call: TargetCall): TaskLogger => {
  const log =
    (level: keyof TaskLogger): TaskLogger["info"] =>
    (message, fields) =>
      call.output("log", encoder.encode(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...fields })}\n`));
  return { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") };
};

/** The function's context. A class, because most functions ask neither for a logger nor for the signal: both are made when asked for. */
class Context implements TaskContext {
  readonly run: string;
  readonly task: string;
  readonly attempt: number;
  readonly idempotencyKey: string;
  readonly heartbeat: () => void;
  readonly #call: TargetCall;
  #logger: TaskLogger | undefined;

  constructor(call: TargetCall) {
    this.run = call.run;
    this.task = call.task;
    this.attempt = call.attempt;
    this.idempotencyKey = call.idempotencyKey;
    this.heartbeat = call.heartbeat;
    this.#call = call;
  }

  get signal(): AbortSignal {
    return this.#call.signal;
  }

  get logger(): TaskLogger {
    this.#logger ??= loggerOf(this.#call);
    return this.#logger;
  }
}

/** Calls a trusted function in this thread. One that ignores its abort signal is left behind after the grace. */
export const runInline = async (work: TaskFunction, call: TargetCall, graceMs: number): Promise<TargetResult> => {
  let working: unknown;
  try {
    working = work(call.input, new Context(call));
  } catch (error) {
    return failed(thrownFailure(error));
  }
  // The signal is not looked at before it is needed: see Abort of the runtime.
  if (!isPromise(working)) return succeeded(working);
  const { signal } = call;
  try {
    const output = await orLeft(working, signal, graceMs);
    return signal.aborted ? failed(aborted(call)) : succeeded(output);
  } catch (error) {
    return failed(signal.aborted ? aborted(call) : thrownFailure(error));
  }
};

const succeeded = (output: unknown): TargetResult => ({ ok: true, ...(output === undefined ? {} : { output: output as Json }) });

/** What the work resolves with; undefined when it goes on longer than the grace after the abort. */
const orLeft = (working: Promise<unknown>, signal: AbortSignal, graceMs: number): Promise<unknown> =>
  new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const leave = (): void => {
      timer = setTimeout(() => resolve(undefined), graceMs);
    };
    const settled = (): void => {
      signal.removeEventListener("abort", leave);
      clearTimeout(timer);
    };
    signal.addEventListener("abort", leave, { once: true });
    working.finally(settled).then(resolve, reject);
  });
