import { QmoiError, ThrottledError, TooLargeError, UnavailableError } from "@qmoi/core";
import type { StoredItem } from "./attribute-value.ts";

const THROTTLED = new Set([
  "LimitExceededException",
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "ThrottledException",
  "Throttling",
  "ThrottlingException",
  "TooManyRequestsException",
]);

/** A write whose condition did not hold, with the item that was there where the write asked for it. */
interface ConditionFailure extends Error {
  readonly Item?: StoredItem;
}

export const isConditionFailure = (error: unknown): error is ConditionFailure =>
  error instanceof Error && error.name === "ConditionalCheckFailedException";

/**
 * The typed error for what the SDK threw. Whatever is not known to have been refused is an UnavailableError: a request that timed out
 * or met a 5xx may have been carried out.
 */
export const dynamoError = (cause: unknown, table: string): Error => {
  if (cause instanceof QmoiError) return cause;
  const { name, message } = cause instanceof Error ? cause : new Error(String(cause));
  const details = { path: table, cause };
  if (THROTTLED.has(name)) return new ThrottledError(`DynamoDB asks for fewer requests: ${message}.`, details);
  if (name === "ValidationException") {
    // Everything else that DynamoDB validates, keys and sizes of keys among it, has been checked before it was sent.
    if (/size has exceeded/i.test(message)) return new TooLargeError(`DynamoDB refuses the item as too large: ${message}.`, details);
    return new QmoiError("QMOI_INTERNAL", `DynamoDB does not understand the request: ${message}.`, details);
  }
  return new UnavailableError(`DynamoDB gave no usable answer: ${name}: ${message}.`, details);
};
