import { type Json, type JsonObject, QmoiError } from "@qmoi/core";
import { unsafeKey } from "../json-value.ts";
import { LIMITS } from "../limits.ts";
import type { ConfigChange } from "./change.ts";

/** Keys of a path such as `pools.default.slots`. Errors: QMOI_INVALID_INPUT. */
export const pathKeys = (path: string): readonly string[] => {
  const keys = path === "" ? [] : path.split(".");
  if (keys.length > LIMITS.depth || keys.some((key) => key === "" || key === "__proto__"))
    throw new QmoiError("QMOI_INVALID_INPUT", `"${path.slice(0, 100)}" is no path: keys with dots between, such as pools.default.slots.`);
  return keys;
};

const isObject = (value: Json | undefined): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);

/** What stands at a path; undefined where nothing does. */
export const valueAt = (root: Json | undefined, keys: readonly string[]): Json | undefined => {
  let value = root;
  for (const key of keys) value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return value;
};

/** Applies changes to what was changed before, in their order. */
export const applyChanges = (changed: JsonObject, changes: readonly ConfigChange[]): JsonObject =>
  changes.reduce<JsonObject>((all, change) => {
    const keys = pathKeys(change.path);
    const next = "reset" in change ? without(all, keys) : withValue(all, keys, change.value);
    return isObject(next) ? next : {};
  }, changed);

const withValue = (base: Json | undefined, [key, ...rest]: readonly string[], value: Json): Json => {
  if (key === undefined) return value;
  const of = isObject(base) ? base : {};
  return { ...of, [key]: withValue(Object.hasOwn(of, key) ? of[key] : undefined, rest, value) };
};

/** Objects that hold nothing any more go too. */
const without = (base: Json | undefined, [key, ...rest]: readonly string[]): Json | undefined => {
  if (key === undefined) return undefined;
  if (!isObject(base) || !Object.hasOwn(base, key)) return base;
  const inner = without(base[key], rest);
  const { [key]: _, ...others } = base;
  if (inner === undefined) return Object.keys(others).length === 0 ? undefined : others;
  return { ...others, [key]: inner };
};

/** A document with what wins over it: objects are merged, everything else is replaced. */
export const mergeOver = (base: Json | undefined, over: Json, depth = 0): Json => {
  if (!isObject(base) || !isObject(over) || depth > LIMITS.depth || unsafeKey(over)) return over;
  const merged = Object.entries(over).map(
    ([key, value]) => [key, mergeOver(Object.hasOwn(base, key) ? base[key] : undefined, value as Json, depth + 1)] as const,
  );
  return { ...base, ...Object.fromEntries(merged) };
};
