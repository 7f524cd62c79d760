import { type Json, NotFoundError } from "@qmoi/core";
import type * as z from "zod";
import { LIMITS } from "../limits.ts";
import { nearest } from "../nearest.ts";
import { readDocument, validate } from "../validate.ts";
import { type AlgorithmOptimizationConfig, algorithmOptimizationSchema } from "./algorithm-optimization.ts";
import { type BackupOptimizationConfig, backupOptimizationSchema } from "./backup-optimization.ts";
import { type CacheOptimizationConfig, cacheOptimizationSchema } from "./cache-optimization.ts";
import { type ErrorHandlingConfig, errorHandlingSchema } from "./error-handling.ts";
import { type MasterCloudConfig, masterCloudSchema } from "./master-cloud.ts";
import { type MasterEvolutionConfig, masterEvolutionSchema } from "./master-evolution.ts";
import { type MemoryOptimizationConfig, memoryOptimizationSchema } from "./memory-optimization.ts";
import type { ModuleName } from "./module-waves.ts";
import { type MasterAutomationConfig, masterAutomationSchema } from "./modules.ts";
import { type NotificationEnhancementConfig, notificationEnhancementSchema } from "./notification-enhancement.ts";
import { mergeOver } from "./overlay.ts";
import { type ParallelProcessingConfig, parallelProcessingSchema } from "./parallel-processing.ts";
import { type UiOptimizationConfig, uiOptimizationSchema } from "./ui-optimization.ts";

/** All configuration, defaults filled in. */
export interface Config {
  readonly master: MasterAutomationConfig;
  readonly parallel: ParallelProcessingConfig;
  readonly errors: ErrorHandlingConfig;
  readonly memory: MemoryOptimizationConfig;
  readonly algorithm: AlgorithmOptimizationConfig;
  readonly backup: BackupOptimizationConfig;
  readonly evolution: MasterEvolutionConfig;
  readonly cloud: MasterCloudConfig;
  readonly cache: CacheOptimizationConfig;
  readonly ui: UiOptimizationConfig;
  readonly notification: NotificationEnhancementConfig;
}

/** The documents of the configuration: their file under config/, their schema, and the module that reads them. */
export const CONFIG_DOCUMENTS = {
  master: { file: "master_automation_config.json", schema: masterAutomationSchema, module: "master-automation" },
  parallel: { file: "parallel_processing.json", schema: parallelProcessingSchema, module: "advanced-automation" },
  errors: { file: "error_handling.json", schema: errorHandlingSchema, module: "advanced-automation" },
  memory: { file: "memory_optimization.json", schema: memoryOptimizationSchema, module: "advanced-automation" },
  algorithm: { file: "algorithm_optimization.json", schema: algorithmOptimizationSchema, module: "intelligent-scheduler" },
  backup: { file: "backup_optimization.json", schema: backupOptimizationSchema, module: "master-automation" },
  evolution: { file: "master_evolution_config.json", schema: masterEvolutionSchema, module: "auto-evolution" },
  cloud: { file: "master_cloud_config.json", schema: masterCloudSchema, module: "cloud-integration" },
  cache: { file: "cache_optimization.json", schema: cacheOptimizationSchema, module: "data-optimizer" },
  ui: { file: "ui_optimization.json", schema: uiOptimizationSchema, module: "health-monitor" },
  notification: { file: "notification_enhancement.json", schema: notificationEnhancementSchema, module: "health-monitor" },
} as const satisfies Record<keyof Config, { readonly file: string; readonly schema: z.ZodType; readonly module: ModuleName }>;

/** What wins over the files: objects are merged, everything else is replaced. */
export type ConfigOverrides = { readonly [D in keyof Config]?: Json };
/** Gives the text of a file of config/, or undefined where there is none: then its defaults hold. */
export type ReadConfigFile = (file: string) => string | undefined;

export const CONFIG_NAMES = Object.keys(CONFIG_DOCUMENTS) as readonly (keyof Config)[];

/** Reads the configuration. Errors: QMOI_INVALID_JSON, QMOI_TOO_LARGE, QMOI_INVALID_CONFIG with file, line and JSON path. */
export const loadConfig = (readFile: ReadConfigFile, overrides: ConfigOverrides = {}): Config =>
  Object.fromEntries(
    CONFIG_NAMES.map((name) => [name, overDocument(name, loadDocument(name, readFile), overrides[name])]),
  ) as unknown as Config;

/** One document as its file says, defaults filled in. */
export const loadDocument = (name: keyof Config, readFile: ReadConfigFile): Json => {
  const { file, schema } = CONFIG_DOCUMENTS[name];
  const { $schema: _, ...written } = readDocument(schema, readFile(file) ?? "{}", {
    file,
    code: "QMOI_INVALID_CONFIG",
    maxBytes: LIMITS.configBytes,
  }) as { $schema?: string };
  return written as Json;
};

/** A document with what wins over it, checked as a whole. Errors: QMOI_INVALID_CONFIG. */
export const overDocument = (name: keyof Config, document: Json, over: Json | undefined): Json => {
  if (over === undefined) return document;
  const { file, schema } = CONFIG_DOCUMENTS[name];
  return validate(schema, mergeOver(document, over), { file: `${file} as overridden`, code: "QMOI_INVALID_CONFIG" }) as Json;
};

/** The document of a name. Errors: QMOI_NOT_FOUND. */
export const documentNamed = (name: string): keyof Config => {
  const found = CONFIG_NAMES.find(
    (one) => one === name || `${one}.json` === name || CONFIG_DOCUMENTS[one].file.replace(/\.json$/, "") === name.replace(/\.json$/, ""),
  );
  if (found) return found;
  const meant = nearest(name, CONFIG_NAMES);
  throw new NotFoundError(
    `There is no document "${name.slice(0, 100)}" in the configuration${meant ? `; did you mean "${meant}"?` : "."}`,
    {
      remedy: "List them with `qmoi config list`.",
    },
  );
};
