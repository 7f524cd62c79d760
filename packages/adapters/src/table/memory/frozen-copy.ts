import type { Item, Json } from "@qmoi/core";

const withoutUndefined = (value: object): Record<string, Json> =>
  Object.fromEntries(Object.entries(value).filter(([, element]) => element !== undefined));

const copy = (value: Json | undefined): Json => {
  // As JSON has it: no minus zero, no number that isn't finite.
  if (typeof value === "number") return Number.isFinite(value) ? value + 0 : null;
  if (value === undefined) return null;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return Object.freeze(value.map(copy));
  const result: Record<string, Json | undefined> = { ...(value as object) };
  for (const name of Object.keys(result)) {
    const element = result[name];
    if (element === undefined) return copy(withoutUndefined(value));
    if (typeof element === "object" || typeof element === "number") result[name] = copy(element);
  }
  return Object.freeze(result) as Json;
};

/**
 * A deeply frozen copy with exactly the values that JSON text would keep. Cheaper than writing and parsing that text, and a reader
 * can be handed the stored value itself.
 */
export const frozenCopy = (item: Item): Item => copy(item) as Item;
