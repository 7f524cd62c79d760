import { type Failure, QmoiError, type TargetCall, type TargetResult } from "@qmoi/core";
import type { Ports } from "./ports.ts";

/** How long a target may take to come back once it was told to stop. */
const ABORT_GRACE_MS = 10_000;

export type Outcome = TargetResult;

interface Run {
  readonly call: Omit<TargetCall, "signal" | "heartbeat">;
  readonly abort: AbortController;
  readonly heartbeatMs: number | undefined;
}

const REASONS: Readonly<Record<string, Failure>> = {
  timeout: { class: "timeout", code: "QMOI_TASK_TIMEOUT", message: "The task ran longer than its timeout." },
  heartbeat: { class: "heartbeat", code: "QMOI_TASK_TIMEOUT", message: "The task gave no sign of life in time." },
  cancelled: { class: "cancelled", code: "QMOI_TASK_CANCELLED", message: "The task was cancelled." },
};

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
    const cancels: (() => void)[] = [];
    const after = (ms: number, fn: () => void): (() => void) => {
      const cancel = ports.clock.after(ms, fn);
      cancels.push(cancel);
      return cancel;
    };
    const settle = (outcome: Outcome): void => {
      for (const cancel of cancels) cancel();
      const reason = REASONS[String(abort.signal.reason)];
      resolve(abort.signal.aborted && !outcome.ok && reason ? { ...outcome, failure: reason } : outcome);
    };
    abort.signal.addEventListener("abort", () => after(ABORT_GRACE_MS, () => settle({ ok: false, failure: REASONS.timeout as Failure })), {
      once: true,
    });
    let beat = ports.clock.monotonic();
    const checkBeat = (): void => {
      const silent = ports.clock.monotonic() - beat;
      if (silent >= (heartbeatMs ?? 0)) abort.abort("heartbeat");
      else after((heartbeatMs ?? 0) - silent, checkBeat);
    };
    if (heartbeatMs !== undefined) after(heartbeatMs, checkBeat);
    after(call.timeoutMs, () => abort.abort("timeout"));
    const full: TargetCall = {
      ...call,
      signal: abort.signal,
      heartbeat: () => {
        beat = ports.clock.monotonic();
      },
    };
    runner.run(full).then(settle, (error: unknown) =>
      settle({
        ok: false,
        failure: { class: "exception", code: "QMOI_INTERNAL", message: error instanceof Error ? error.message : String(error) },
      }),
    );
  });
