import type { Json } from "@qmoi/core";
import * as z from "zod";
import { CONFIG_DOCUMENTS, type Config } from "./load-config.ts";

/**
 * Paths of everything that can be set, such as `parallel.pools.*.slots`: the document, then its keys; `*` stands for a name that the user
 * chooses. A list, or a value of one of several types, is one leaf.
 */
export const configLeaves = (): readonly string[] =>
  (Object.keys(CONFIG_DOCUMENTS) as (keyof Config)[]).flatMap((document) => leavesIn(document));

/** The same of one document. */
export const leavesIn = (document: keyof Config): readonly string[] =>
  leavesOf(CONFIG_DOCUMENTS[document].schema, [document]).filter((leaf) => !leaf.endsWith(".$schema"));

/** Paths with real names of all leaves of a value that stands at `path`. */
export const leafPaths = (leaves: readonly string[], path: readonly string[], value: Json | undefined): readonly string[] => {
  if (value === undefined) return [];
  const inside = typeof value === "object" && value !== null && !Array.isArray(value) && !leaves.some((leaf) => fits(leaf, path));
  if (!inside) return [path.join(".")];
  return Object.entries(value).flatMap(([key, inner]) => leafPaths(leaves, [...path, key], inner));
};

const fits = (leaf: string, path: readonly string[]): boolean => {
  const pattern = leaf.split(".");
  return pattern.length === path.length && pattern.every((part, index) => part === "*" || part === path[index]);
};

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
