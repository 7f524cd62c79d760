import { QmoiError } from "@qmoi/core";

/** An error as a log keeps it: everything that helps to find the cause, with the chain of causes. */
const errorFields = (error: Error, depth = 0): Record<string, unknown> => ({
  name: error.name,
  message: error.message,
  ...(error instanceof QmoiError ? { code: error.code, path: error.path, data: error.data } : {}),
  stack: error.stack,
  ...(error.cause instanceof Error && depth < 5 ? { cause: errorFields(error.cause, depth + 1) } : {}),
});

/** Looks at the value before its toJSON: a QmoiError's leaves out stack and cause, which are for the log. */
function replacer(this: Readonly<Record<string, unknown>>, key: string, value: unknown): unknown {
  const original = this[key];
  if (original instanceof Error) return errorFields(original);
  return typeof value === "bigint" ? String(value) : value;
}

/** One line of JSON. What can't be told as JSON (a cycle) is named instead of lost with its line. */
export const jsonLine = (head: Readonly<Record<string, unknown>>, fields: Readonly<Record<string, unknown>> = {}): string => {
  try {
    return `${JSON.stringify({ ...head, ...fields, ...head }, replacer)}\n`;
  } catch (error) {
    return `${JSON.stringify({ ...head, unloggable: Object.keys(fields), reason: String(error) })}\n`;
  }
};
