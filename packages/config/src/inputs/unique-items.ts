import type { Json } from "@qmoi/core";

/** Whether no element occurs twice, in time linear in the list: the usual comparison of all pairs takes seconds for long lists. */
export const hasUniqueItems = (list: readonly Json[]): boolean => new Set(list.map(canonical)).size === list.length;

/** The same text for values that are equal, whatever the order of their keys. */
const canonical = (value: Json): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
