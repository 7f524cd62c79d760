/** One difference between two JSON documents. Lists of named objects are compared by name, so that an inserted task is one change. */
export interface DocumentChange {
  readonly path: string;
  readonly change: "added" | "removed" | "changed";
  readonly before?: unknown;
  readonly after?: unknown;
}

/** What turns `before` into `after`, in document order. */
export const diffDocuments = (before: unknown, after: unknown, path = "$"): DocumentChange[] => {
  if (before === undefined && after === undefined) return [];
  if (before === undefined) return [{ path, change: "added", after }];
  if (after === undefined) return [{ path, change: "removed", before }];
  const from = entries(before);
  const to = entries(after);
  if (!from || !to || from.keyed !== to.keyed) return equal(before, after) ? [] : [{ path, change: "changed", before, after }];
  const keys = new Set([...from.values.keys(), ...to.values.keys()]);
  return [...keys].flatMap((key) => diffDocuments(from.values.get(key), to.values.get(key), `${path}${step(key, from.keyed)}`));
};

type Keyed = "object" | "named" | "list";

const step = (key: string, keyed: Keyed): string => (keyed === "object" ? `.${key}` : keyed === "named" ? `[name=${key}]` : `[${key}]`);

const entries = (value: unknown): { keyed: Keyed; values: Map<string, unknown> } | undefined => {
  if (Array.isArray(value)) {
    const names = value.map((item: unknown) => (typeof item === "object" && item !== null ? (item as { name?: unknown }).name : undefined));
    const named = value.length > 0 && names.every((name) => typeof name === "string") && new Set(names).size === names.length;
    return {
      keyed: named ? "named" : "list",
      values: new Map(value.map((item: unknown, i) => [named ? String(names[i]) : String(i), item])),
    };
  }
  if (typeof value === "object" && value !== null) return { keyed: "object", values: new Map(Object.entries(value)) };
  return undefined;
};

const equal = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);
