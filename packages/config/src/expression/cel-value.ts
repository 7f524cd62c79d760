const converted = new WeakMap<object, object>();

/**
 * The library takes an object with a key `constructor` for an unknown class: such objects become Maps, which it reads alike. Everything
 * else stays as it is, without a copy.
 */
export const celValue = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null) return value;
  const known = converted.get(value);
  if (known !== undefined) return known;
  const result = convert(value);
  converted.set(value, result);
  return result;
};

const convert = (value: object): object => {
  const entries = Object.entries(value);
  const inner = entries.map(([, element]) => celValue(element));
  const isSame = inner.every((element, index) => element === entries[index]?.[1]);
  if (Array.isArray(value)) return isSame ? value : inner;
  const named = entries.map(([key], index) => [key, inner[index]] as const);
  if (Object.hasOwn(value, "constructor")) return new Map(named);
  return isSame ? value : Object.fromEntries(named);
};
