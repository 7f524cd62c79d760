import type { TargetResult } from "@qmoi/core";
import { failed, failure, invalid, messageOf } from "../targets/failures.ts";

const THROTTLED = /Throttl|TooManyRequests|LimitExceeded/;
/** The same request would be refused again. */
const UNUSABLE = new Set([
  // Lambda
  "ResourceNotFoundException",
  "InvalidRequestContentException",
  "RequestTooLargeException",
  // Step Functions
  "InvalidArn",
  "InvalidExecutionInput",
  "StateMachineDeleting",
  "StateMachineDoesNotExist",
  // ECS
  "ClientException",
  "ClusterNotFoundException",
  "InvalidParameterException",
  "PlatformTaskDefinitionIncompatibilityException",
  "PlatformUnknownException",
  "UnsupportedFeatureException",
  // Any of them
  "ValidationException",
  "AccessDeniedException",
]);

/** What an attempt fails with whose work AWS did not begin. `action`: what was asked for, as "invoke x". */
export const refusal = (action: string, error: unknown): TargetResult => {
  const name = error instanceof Error ? error.name : "";
  const denied = name === "AccessDeniedException" ? " The stage allows names that begin with qmoi-work- (stacks/stages.ts)." : "";
  const message = `Can't ${action}: ${messageOf(error)}${denied}`;
  if (UNUSABLE.has(name)) return failed(invalid(message, name));
  return failed(failure(THROTTLED.test(name) ? "throttled" : "unavailable", name, message));
};
