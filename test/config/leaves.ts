import { CONFIG_DOCUMENTS, type Config } from "@qmoi/config";
import { z } from "zod";

/**
 * Paths of everything that can be set, such as `parallel.pools.*.slots`: `*` stands for a name that the user chooses. A list, or a value of one of
 * several types, is one leaf.
 */
export const configLeaves = (): readonly string[] =>
  Object.entries(CONFIG_DOCUMENTS).flatMap(([document, { schema }]) =>
    leavesOf(schema, [document]).filter((leaf) => !leaf.endsWith(".$schema")),
  );

const leavesOf = (schema: unknown, path: readonly string[]): readonly string[] => {
  if (schema instanceof z.ZodObject) return Object.entries(schema.shape).flatMap(([key, inner]) => leavesOf(inner, [...path, key]));
  if (schema instanceof z.ZodRecord) return leavesOf(schema.valueType, [...path, "*"]);
  if (
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable
  ) {
    return leavesOf(schema.unwrap(), path);
  }
  return [path.join(".")];
};

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
    return pattern.length === parts.length && pattern.every((part, index) => part === "*" || part === parts[index]);
  });
};
