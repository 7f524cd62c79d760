import type { PathSegments } from "./json-path.ts";
import { LIMITS } from "./limits.ts";

/** What makes a value unfit to be read further: a key that could reach a prototype, or nesting beyond the limit. */
export const unsafeKey = (root: unknown): { readonly path: PathSegments; readonly message: string } | undefined => {
  const waiting: { readonly value: unknown; readonly path: PathSegments }[] = [{ value: root, path: [] }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, path } = next;
    if (typeof value !== "object" || value === null) continue;
    if (path.length >= LIMITS.depth) return { path, message: `lists and objects are nested deeper than ${LIMITS.depth}` };
    for (const key of Object.keys(value)) {
      if (key === "__proto__") return { path, message: 'the key "__proto__" is not allowed' };
      const inner = (value as Record<string, unknown>)[key];
      if (typeof inner === "object" && inner !== null)
        waiting.push({ value: inner, path: [...path, Array.isArray(value) ? Number(key) : key] });
    }
  }
  return undefined;
};

/** Whether a value, nested no deeper than the limit, is what JSON can say: no functions, dates, NaN, half surrogate pairs. */
export const isJson = (value: unknown): boolean => {
  if (typeof value === "string") return value.isWellFormed();
  if (typeof value === "number") return Number.isFinite(value);
  if (value === null || typeof value === "boolean") return true;
  if (Array.isArray(value)) return value.every(isJson);
  if (typeof value !== "object") return false;
  const prototype = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && Object.values(value).every(isJson);
};

/** Bytes of a value as JSON in UTF-8; 0 for what JSON leaves out. */
export const jsonBytes = (value: unknown): number => {
  const text: string | undefined = JSON.stringify(value);
  return text === undefined ? 0 : new TextEncoder().encode(text).length;
};
