import { type JsonObject, TooLargeError } from "@qmoi/core";
import { jsonBytes, unsafeKey } from "../json-value.ts";
import { LIMITS } from "../limits.ts";
import { Problems } from "../problems.ts";

/** A copy of inputs for which there is no schema. Errors: QMOI_INVALID_INPUT, QMOI_TOO_LARGE. */
export const plainInputs = (inputs: JsonObject): JsonObject => {
  refuseUnsafe(inputs);
  refuseLarge(inputs);
  return structuredClone(inputs);
};

/** Errors: QMOI_INVALID_INPUT for keys that reach a prototype, or nesting beyond the limit. */
export const refuseUnsafe = (inputs: unknown): void => {
  const problems = new Problems();
  const unsafe = unsafeKey(inputs);
  if (unsafe) problems.add("QMOI_INVALID_INPUT", unsafe.path, unsafe.message);
  problems.throwIfAny();
};

/** Errors: QMOI_TOO_LARGE. */
export const refuseLarge = (inputs: unknown): void => {
  if (jsonBytes(inputs) > LIMITS.inputsBytes) {
    throw new TooLargeError(`The run's inputs are larger than ${LIMITS.inputsBytes} bytes.`, {
      path: "$",
      remedy: "Pass large data by reference, such as the name of a file.",
      data: { limit: LIMITS.inputsBytes },
    });
  }
};
