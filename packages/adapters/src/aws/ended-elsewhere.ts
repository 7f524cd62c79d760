import { ABORTED, CANCELLED, type Failure, type Json, type TargetResult } from "@qmoi/core";
import { failure, invalid } from "../targets/failures.ts";
import type { Callback, Completion } from "./completion.ts";
import { TOLD_TO_END, tokenOfWork } from "./work-name.ts";

/** What Lambda sends of an asynchronous invocation that failed for good. */
export interface FailedInvocation {
  readonly requestContext: { readonly condition: string };
  readonly requestPayload: { readonly qmoi?: Callback };
  readonly responsePayload?: { readonly errorType?: string; readonly errorMessage?: string };
}

/** What EventBridge tells of an execution of Step Functions that has ended. */
export interface EndedExecution {
  readonly "detail-type": "Step Functions Execution Status Change";
  readonly detail: {
    readonly name: string;
    readonly status: "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";
    /** JSON; null where it is too large for an event. */
    readonly output?: string | null;
    readonly outputDetails?: { readonly included: boolean } | null;
    readonly error?: string | null;
    readonly cause?: string | null;
  };
}

/** What EventBridge tells of a task of ECS that has ended. */
export interface EndedContainers {
  readonly "detail-type": "ECS Task State Change";
  readonly detail: {
    readonly startedBy?: string;
    readonly stopCode?: string;
    readonly stoppedReason?: string;
    readonly containers: readonly { readonly name: string; readonly exitCode?: number; readonly reason?: string }[];
    readonly overrides: { readonly containerOverrides: readonly { readonly name: string }[] };
  };
}

export type EndedElsewhere = Completion | FailedInvocation | EndedExecution | EndedContainers;

/** Which attempt has ended with a message to the queue of completions, and how. Undefined: none of this stage. `prefix`: the stage's. */
export const completionOf = (prefix: string, message: EndedElsewhere): Completion | undefined => {
  if ("token" in message) return message;
  if ("requestContext" in message) return completed(message.requestPayload.qmoi?.token, invocationResult(message));
  const { "detail-type": kind, detail } = message;
  if (kind === "ECS Task State Change") return completed(tokenOfWork(prefix, detail.startedBy ?? ""), containerResult(detail));
  return completed(tokenOfWork(prefix, detail.name), executionResult(detail));
};

const completed = (token: string | undefined, result: TargetResult): Completion | undefined =>
  token === undefined ? undefined : { token, result };

const failed = (reason: Failure): TargetResult => ({ ok: false, failure: reason });

const invocationResult = ({ requestContext, responsePayload = {} }: FailedInvocation): TargetResult => {
  const { errorType = requestContext.condition, errorMessage = "The function ended without telling how it went." } = responsePayload;
  return failed(failure(/timed out/i.test(errorMessage) ? "timeout" : "exception", errorType, errorMessage));
};

const executionResult = ({ name, status, output, outputDetails, error, cause }: EndedExecution["detail"]): TargetResult => {
  if (status === "SUCCEEDED") {
    if (outputDetails?.included !== false) return { ok: true, output: JSON.parse(output ?? "null") as Json };
    return failed(invalid(`The output of ${name} is too large for an event (248 KB): store it, and return where.`, "OutputNotIncluded"));
  }
  // EventBridge tells neither error nor cause of an execution that was stopped.
  if (status === "ABORTED") return failed(failure("exception", ABORTED, `The execution ${name} was stopped.`));
  const kind = status === "TIMED_OUT" || error === "States.Timeout" ? "timeout" : "exception";
  return failed(failure(kind, error ?? status, cause ?? `The execution ${name} ended as ${status}.`));
};

/** Why ECS stopped what had not ended: another try may have more luck. */
const TAKEN_AWAY = new Set(["SpotInterruption", "TerminationNotice"]);

const containerResult = ({ containers, overrides, stopCode = "", stoppedReason = "" }: EndedContainers["detail"]): TargetResult => {
  // Others stand beside the one that does the work, and are killed when it has ended.
  const name = overrides.containerOverrides[0]?.name;
  const { exitCode, reason = stoppedReason } = containers.find((one) => one.name === name) ?? {};
  // Who ends itself well when it is told to has not done its work.
  if (stoppedReason.startsWith(TOLD_TO_END)) return failed(CANCELLED);
  if (exitCode === 0) return { ok: true };
  if (TAKEN_AWAY.has(stopCode)) return failed(failure("lost", stopCode, stoppedReason));
  if (reason.startsWith("OutOfMemory")) return failed(failure("memory", "OutOfMemoryError", reason));
  if (exitCode === undefined) return failed(failure("unavailable", stopCode, reason));
  return failed(failure("exit", `exit ${exitCode}`, reason));
};
