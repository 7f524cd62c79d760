import { ConflictError, type Item, type Key, QmoiError, type When } from "@qmoi/core";

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** What a condition compares, by attribute; `v` is one of them. Undefined for `absent` and `below`. */
export type Expected = Readonly<Record<string, string | number | boolean>>;

/**
 * The attributes that a condition compares, checked: names are identifiers and numbers finite, because each store
 * writes them into its own query language.
 */
export const expectedOf = (when: When): Expected | undefined => {
  if ("absent" in when || "below" in when) return undefined;
  const expected = "v" in when ? { v: when.v } : when.equals;
  for (const name in expected) {
    if (!NAME.test(name))
      throw new QmoiError("QMOI_INVALID_KEY", `A condition can't compare the attribute "${name}".`, { path: when.site });
    if (Number.isNaN(expected[name]))
      throw new QmoiError("QMOI_INVALID_KEY", `A condition can't compare ${name} with NaN.`, { path: when.site });
  }
  return expected;
};

/** Whether the stored item (undefined if absent) meets the condition. */
export const holds = (when: When, stored: Item | undefined): boolean => {
  if ("below" in when) return stored === undefined || stored.v < when.below;
  const expected = expectedOf(when);
  if (expected === undefined) return stored === undefined;
  if (stored === undefined) return false;
  for (const name in expected) if (stored[name] !== expected[name]) return false;
  return true;
};

/** The error of a write whose condition did not hold. */
export const conflict = (key: Key, when: When, cause?: unknown): ConflictError => {
  const state = "absent" in when ? "exists already" : "is absent or in another state";
  return new ConflictError(`The item ${key.pk} / ${key.sk} ${state} (${when.site}).`, {
    path: `${key.pk} / ${key.sk}`,
    data: { site: when.site },
    cause,
  });
};
