import { CANCELLED, type Failure, type Json, LATER, QmoiError, type TargetCall, type TargetResult } from "@qmoi/core";
import type { Abort, AbortReason } from "./abort.ts";
import type { Ports } from "./ports.ts";

/** How long a target may take to come back once it was told to stop. */
const ABORT_GRACE_MS = 10_000;

export type Outcome = TargetResult | typeof LATER;

interface Run {
  readonly call: Omit<TargetCall, "signal" | "heartbeat">;
  readonly abort: Abort;
  readonly heartbeatMs: number | undefined;
}

const REASONS: Readonly<Record<AbortReason, Failure>> = {
  timeout: { class: "timeout", code: "QMOI_TASK_TIMEOUT", message: "The task ran longer than its timeout." },
  heartbeat: { class: "heartbeat", code: "QMOI_TASK_TIMEOUT", message: "The task gave no sign of life in time." },
  cancelled: CANCELLED,
};

/** A class, because an object literal with a getter takes a shape of its own each time. */
class Call implements TargetCall {
  readonly run: string;
  readonly task: string;
  readonly attempt: number;
  readonly idempotencyKey: string;
  readonly input: Json;
  readonly token: string;
  readonly target: TargetCall["target"];
  readonly timeoutMs: number;
  readonly heartbeat: () => void;
  readonly output: TargetCall["output"];
  readonly memoryBytes?: number;
  readonly #abort: Abort;

  constructor(call: Run["call"], abort: Abort, heartbeat: () => void) {
    this.run = call.run;
    this.task = call.task;
    this.attempt = call.attempt;
    this.idempotencyKey = call.idempotencyKey;
    this.input = call.input;
    this.token = call.token;
    this.target = call.target;
    this.timeoutMs = call.timeoutMs;
    this.heartbeat = heartbeat;
    this.output = call.output;
    if (call.memoryBytes !== undefined) this.memoryBytes = call.memoryBytes;
    this.#abort = abort;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }
}

/**
 * Runs a target under its timeout, heartbeat and abort. The effect begins before the first await. An aborted call counts as aborted
 * whatever it answers, unless it had succeeded; one that doesn't come back in 10 s after the abort is left behind.
 */
export const runTarget = (ports: Ports, { call, abort, heartbeatMs }: Run): Promise<Outcome> =>
  new Promise((resolve) => {
    const runner = ports.targets.get(call.target.type);
    if (!runner) {
      const remedy = new QmoiError("QMOI_TARGET_UNAVAILABLE", `No runner for target "${call.target.type}" here.`);
      return resolve({ ok: false, failure: { class: "invalid", code: remedy.code, message: remedy.message } });
    }
    if (abort.reason !== undefined) return resolve({ ok: false, failure: REASONS[abort.reason] });
    const cancels: (() => void)[] = [];
    const after = (ms: number, fn: () => void): void => void cancels.push(ports.clock.after(ms, fn));
    const settle = (outcome: Outcome): void => {
      for (const cancel of cancels) cancel();
      abort.ended();
      resolve(abort.reason !== undefined && outcome !== LATER && !outcome.ok ? { ...outcome, failure: REASONS[abort.reason] } : outcome);
    };
    abort.onAbort(() => after(ABORT_GRACE_MS, () => settle({ ok: false, failure: REASONS.timeout })));
    let beat = ports.clock.monotonic();
    const checkBeat = (): void => {
      const silent = ports.clock.monotonic() - beat;
      if (silent >= (heartbeatMs ?? 0)) abort.abort("heartbeat");
      else after((heartbeatMs ?? 0) - silent, checkBeat);
    };
    if (heartbeatMs !== undefined) after(heartbeatMs, checkBeat);
    after(call.timeoutMs, () => abort.abort("timeout"));
    const heartbeat = (): void => {
      beat = ports.clock.monotonic();
    };
    runner.run(new Call(call, abort, heartbeat)).then(settle, (error: unknown) =>
      settle({
        ok: false,
        failure: { class: "exception", code: "QMOI_INTERNAL", message: error instanceof Error ? error.message : String(error) },
      }),
    );
  });
