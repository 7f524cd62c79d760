import type { Json } from "@qmoi/core";
import type { z } from "zod";
import { unsafeKey } from "../json-value.ts";
import { LIMITS } from "../limits.ts";
import { readDocument, validate } from "../validate.ts";
import { type ErrorHandlingConfig, errorHandlingSchema } from "./error-handling.ts";
import { type MemoryOptimizationConfig, memoryOptimizationSchema } from "./memory-optimization.ts";
import { type MasterAutomationConfig, masterAutomationSchema } from "./modules.ts";
import { type ParallelProcessingConfig, parallelProcessingSchema } from "./parallel-processing.ts";

/** All configuration, defaults filled in. */
export interface Config {
  readonly master: MasterAutomationConfig;
  readonly parallel: ParallelProcessingConfig;
  readonly errors: ErrorHandlingConfig;
  readonly memory: MemoryOptimizationConfig;
}

/** The documents of the configuration: their file under config/ and their schema. */
export const CONFIG_DOCUMENTS = {
  master: { file: "master_automation_config.json", schema: masterAutomationSchema },
  parallel: { file: "parallel_processing.json", schema: parallelProcessingSchema },
  errors: { file: "error_handling.json", schema: errorHandlingSchema },
  memory: { file: "memory_optimization.json", schema: memoryOptimizationSchema },
} as const satisfies Record<keyof Config, { readonly file: string; readonly schema: z.ZodType }>;

/** What wins over the files: objects are merged, everything else is replaced. */
export type ConfigOverrides = { readonly [D in keyof Config]?: Json };

/**
 * Reads the configuration. `readFile` gives the text of a file of config/, or undefined where there is none: then its defaults hold.
 * Errors: QMOI_INVALID_JSON, QMOI_TOO_LARGE, QMOI_INVALID_CONFIG with file, line and JSON path.
 */
export const loadConfig = (readFile: (file: string) => string | undefined, overrides: ConfigOverrides = {}): Config => ({
  master: load("master", readFile, overrides) as MasterAutomationConfig,
  parallel: load("parallel", readFile, overrides) as ParallelProcessingConfig,
  errors: load("errors", readFile, overrides) as ErrorHandlingConfig,
  memory: load("memory", readFile, overrides) as MemoryOptimizationConfig,
});

const load = (name: keyof Config, readFile: (file: string) => string | undefined, overrides: ConfigOverrides): unknown => {
  const { file, schema } = CONFIG_DOCUMENTS[name];
  const written = readDocument(schema, readFile(file) ?? "{}", { file, code: "QMOI_INVALID_CONFIG", maxBytes: LIMITS.configBytes });
  const override = overrides[name];
  if (override === undefined) return written;
  return validate(schema, merge(written as Json, override, 0), { file: `${file} as overridden`, code: "QMOI_INVALID_CONFIG" });
};

const merge = (base: Json | undefined, over: Json, depth: number): Json => {
  if (!isObject(base) || !isObject(over) || depth > LIMITS.depth || unsafeKey(over)) return over;
  const merged = Object.entries(over).map(
    ([key, value]) => [key, merge(Object.hasOwn(base, key) ? base[key] : undefined, value as Json, depth + 1)] as const,
  );
  return { ...base, ...Object.fromEntries(merged) };
};

const isObject = (value: Json | undefined): value is { readonly [key: string]: Json | undefined } =>
  typeof value === "object" && value !== null && !Array.isArray(value);
