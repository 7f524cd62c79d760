import type { Config } from "@qmoi/config";

/** Values of the leaves that a configuration has, by their path with real names. */
export const leafValues = (config: Config): ReadonlyMap<string, string> => {
  const found = new Map<string, string>();
  const visit = (value: unknown, path: readonly string[]): void => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) found.set(path.join("."), JSON.stringify(value));
    else for (const [key, inner] of Object.entries(value)) visit(inner, [...path, key]);
  };
  visit(config, []);
  return found;
};

/** The leaf that a path with real names belongs to. */
export const leafOf = (path: string, leaves: readonly string[]): string | undefined => {
  const parts = path.split(".");
  return leaves.find((leaf) => {
    const pattern = leaf.split(".");
    // A value of one of several types is one leaf, whatever is in it.
    return pattern.length <= parts.length && pattern.every((part, index) => part === "*" || part === parts[index]);
  });
};
