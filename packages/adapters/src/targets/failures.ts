import type { ErrorClass, Failure, ResourceUse, TargetCall, TargetResult } from "@qmoi/core";
import type * as z from "zod";

export const failed = (failure: Failure, use?: ResourceUse): TargetResult => ({ ok: false, failure, ...(use ? { use } : {}) });

export const failure = (kind: ErrorClass, code: string, message: string): Failure => ({ class: kind, code, message });

/** The definition or input can't work: another try would fail alike. */
export const invalid = (message: string, code = "QMOI_INVALID_WORKFLOW"): Failure => failure("invalid", code, message);

/** What an aborted attempt failed of, by the signal's reason. */
export const aborted = (call: Pick<TargetCall, "signal" | "task" | "timeoutMs">): Failure => {
  switch (call.signal.reason) {
    case "timeout":
      return failure("timeout", "QMOI_TASK_TIMEOUT", `Task ${call.task} ran longer than its timeout of ${call.timeoutMs / 1000} s.`);
    case "heartbeat":
      return failure("heartbeat", "QMOI_TASK_TIMEOUT", `Task ${call.task} gave no sign of life in time.`);
    default:
      return failure("cancelled", "QMOI_TASK_CANCELLED", `Task ${call.task} was cancelled.`);
  }
};

/** What a schema made of a target. A target without expressions is one and the same object for all attempts of its task. */
const known = new WeakMap<object, { readonly schema: z.ZodType; readonly result: unknown }>();

/** Reads a target's keys; a wrong one becomes a Failure that names its path. */
export const readTarget = <T extends z.ZodType>(schema: T, call: Pick<TargetCall, "target">): z.output<T> | Failure => {
  const before = known.get(call.target);
  if (before?.schema === schema) return before.result as z.output<T> | Failure;
  const result = parseTarget(schema, call);
  known.set(call.target, { schema, result });
  return result;
};

const parseTarget = <T extends z.ZodType>(schema: T, call: Pick<TargetCall, "target">): z.output<T> | Failure => {
  const parsed = schema.safeParse(call.target);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = ["$.target", ...(issue?.path ?? [])].join(".");
  return invalid(`${path}: ${issue?.message ?? "not valid"}`);
};

export const isFailure = (value: unknown): value is Failure =>
  typeof value === "object" && value !== null && "class" in value && "code" in value && "message" in value;

/** The message of anything thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The `code` of a system error (`ENOENT`), if it has one. */
export const codeOf = (error: unknown): string | undefined => {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === "string" ? code : undefined;
};
