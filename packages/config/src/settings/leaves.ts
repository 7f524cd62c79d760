import { z } from "zod";
import { CONFIG_DOCUMENTS } from "./load-config.ts";

/**
 * Paths of everything that can be set, such as `parallel.pools.*.slots`: the document, then its keys; `*` stands for a name that the user
 * chooses. A list, or a value of one of several types, is one leaf.
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
