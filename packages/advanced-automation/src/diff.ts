import type { Json, JsonObject } from "@qmoi/core";

export interface Difference {
  /** JSON path; tasks are addressed by name: `$.tasks[extract].timeout`. */
  readonly path: string;
  readonly from?: Json;
  readonly to?: Json;
}

const isObject = (value: Json | undefined): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);

const byName = (list: readonly Json[]): Map<string, Json> | undefined => {
  const named = list.map((entry) => (isObject(entry) && typeof entry.name === "string" ? ([entry.name, entry] as const) : undefined));
  return named.every((entry) => entry !== undefined) ? new Map(named) : undefined;
};

/** Every leaf in which two documents differ, in path order. Lists of named things are compared by name, so an inserted task is one difference. */
export const diffDocuments = (from: Json | undefined, to: Json | undefined, path = "$"): readonly Difference[] => {
  if (from === to) return [];
  if (isObject(from) && isObject(to)) {
    const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort();
    return keys.flatMap((key) => diffDocuments(from[key], to[key], `${path}.${key}`));
  }
  if (Array.isArray(from) && Array.isArray(to)) {
    const [a, b] = [byName(from), byName(to)];
    if (a && b)
      return [...new Set([...a.keys(), ...b.keys()])].flatMap((name) => diffDocuments(a.get(name), b.get(name), `${path}[${name}]`));
    if (JSON.stringify(from) === JSON.stringify(to)) return [];
  }
  return [{ path, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }];
};
