import { execFileSync } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import type { Json, TargetCall } from "@qmoi/core";

/** A call as the engine makes it, which remembers what it was told. */
export interface TestCall {
  readonly call: TargetCall;
  readonly abort: (reason: "timeout" | "cancelled" | "heartbeat") => void;
  /** Output so far of one stream. */
  readonly text: (stream: "stdout" | "stderr" | "log") => string;
  readonly heartbeats: () => number;
}

export const testCall = (target: TargetCall["target"], input: Json = null, more: Partial<TargetCall> = {}): TestCall => {
  const controller = new AbortController();
  const chunks: [string, Uint8Array][] = [];
  let heartbeats = 0;
  const call: TargetCall = {
    run: "r1",
    task: "t1",
    attempt: 2,
    idempotencyKey: "r1/t1",
    input,
    token: "r1/0/2/token",
    target,
    timeoutMs: 60_000,
    signal: controller.signal,
    heartbeat: () => {
      heartbeats++;
    },
    output: (stream, chunk) => {
      chunks.push([stream, Uint8Array.from(chunk)]);
    },
    ...more,
  };
  return {
    call,
    abort: (reason) => controller.abort(reason),
    text: (stream) => Buffer.concat(chunks.filter(([s]) => s === stream).map(([, chunk]) => chunk)).toString("utf8"),
    heartbeats: () => heartbeats,
  };
};

/** Whether a process runs; a zombie doesn't. */
export const isAlive = (pid: number): boolean => {
  try {
    const state = execFileSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).trim();
    return state !== "" && !state.startsWith("Z");
  } catch {
    return false;
  }
};

/** Waits for a condition that must come true; the test's own timeout bounds it. */
export const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await delay(10);
};
