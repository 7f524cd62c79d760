import { Duration, UnsignedInt } from "@marcbachmann/cel-js/evaluator";
import type { Json } from "@qmoi/core";
import { LIMITS } from "../limits.ts";
import type { Budget } from "./budget.ts";

/** Turns CEL's values into JSON. Errors: a plain Error that says what has no form in JSON. */
export const toJson = (value: unknown, budget: Budget, depth = 0): Json => {
  budget.spend(1);
  if (depth > LIMITS.depth) throw new Error(`the result is nested deeper than ${LIMITS.depth}`);
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new Error(`the result ${value} is not a number that JSON has`);
    return value;
  }
  if (typeof value === "bigint") return wholeNumber(value);
  if (value instanceof UnsignedInt) return wholeNumber(value.valueOf());
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Duration) return value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map((inner) => toJson(inner, budget, depth + 1));
  if (value instanceof Map || (typeof value === "object" && isPlain(value))) {
    const entries = value instanceof Map ? [...value] : Object.entries(value);
    return fromEntries(entries.map(([key, inner]) => [String(key), toJson(inner, budget, depth + 1)]));
  }
  throw new Error("the result has no form in JSON");
};

const wholeNumber = (value: bigint): number => {
  if (!Number.isSafeInteger(Number(value)))
    throw new Error(`the whole number ${value} is too large for JSON; use string() to keep its digits`);
  return Number(value);
};

const isPlain = (value: object): boolean => {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

/** Object.fromEntries defines keys, so that `__proto__` in a task's output is a key like any other. */
const fromEntries = (entries: readonly (readonly [string, Json])[]): Json => Object.fromEntries(entries);
