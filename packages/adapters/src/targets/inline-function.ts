import type { Json, TargetCall, TargetResult } from "@qmoi/core";
import { aborted, failed } from "./failures.ts";
import type { TaskContext, TaskFunction, TaskLogger } from "./task-function.ts";
import { thrownFailure } from "./thrown.ts";

const encoder = new TextEncoder();

const loggerOf = (call: TargetCall): TaskLogger => {
  const log =
    (level: keyof TaskLogger): TaskLogger["info"] =>
    (message, fields) =>
      call.output("log", encoder.encode(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...fields })}\n`));
  return { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") };
};

/** Calls a trusted function in this thread. One that ignores its abort signal is left behind after the grace. */
export const runInline = async (work: TaskFunction, call: TargetCall, graceMs: number): Promise<TargetResult> => {
  const { run, task, attempt, idempotencyKey, heartbeat, signal } = call;
  const context: TaskContext = { run, task, attempt, idempotencyKey, heartbeat, signal, logger: loggerOf(call) };
  let timer: NodeJS.Timeout | undefined;
  let leave = (): void => undefined;
  try {
    const working = work(call.input, context);
    const left = new Promise<undefined>((resolve) => {
      leave = () => {
        timer = setTimeout(() => resolve(undefined), graceMs);
      };
      signal.addEventListener("abort", leave, { once: true });
    });
    const output = (await Promise.race([working, left])) as Json | undefined;
    if (signal.aborted) return failed(aborted(call));
    return { ok: true, ...(output === undefined ? {} : { output }) };
  } catch (error) {
    return failed(signal.aborted ? aborted(call) : thrownFailure(error));
  } finally {
    signal.removeEventListener("abort", leave);
    clearTimeout(timer);
  }
};
