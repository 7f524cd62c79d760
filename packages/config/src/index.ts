export { definitionChecks } from "./check/definition-checks.ts";
export { type Need, needOf } from "./check/graph.ts";
export type { PoolLimits, WorkflowLimits } from "./check/limits.ts";
export { type TaskText, taskTexts } from "./check/task-texts.ts";
export { taskReferences } from "./check/texts.ts";
export { Budget } from "./expression/budget.ts";
export { type Expression, evaluateExpression, parseExpression, referencedTasks, type Scope } from "./expression/expression.ts";
export { loadReaders } from "./expression/load-readers.ts";
export type { References } from "./expression/references.ts";
export { isSecretRef, parseTemplate, renderTemplate, type Template } from "./expression/template.ts";
export { checkRunInputs, inputChecks } from "./inputs/input-checks.ts";
export { jsonPath, type PathSegments } from "./json-path.ts";
export { LIMITS } from "./limits.ts";
export { loadEverything } from "./load-everything.ts";
export { nearest } from "./nearest.ts";
export type { Problem } from "./problems.ts";
export { type ReadJsonOptions, readJson } from "./read-json.ts";
export { schemaFiles } from "./schema-files.ts";
export {
  type AlgorithmOptimizationConfig,
  algorithmOptimizationSchema,
  FOREST_ENGINES,
  ORACLE_NAMES,
  POLICY_NAMES,
  type PolicyName,
} from "./settings/algorithm-optimization.ts";
export { type BackupOptimizationConfig, backupOptimizationSchema } from "./settings/backup-optimization.ts";
export { BUILT, isBuilt, moduleOfLeaf } from "./settings/built.ts";
export type { ConfigChange } from "./settings/change.ts";
export { type ErrorHandlingConfig, errorHandlingSchema } from "./settings/error-handling.ts";
export { configLeaves, leafPaths, leavesIn } from "./settings/leaves.ts";
export {
  CONFIG_DOCUMENTS,
  CONFIG_NAMES,
  type Config,
  type ConfigOverrides,
  documentNamed,
  loadConfig,
  loadDocument,
  overDocument,
  type ReadConfigFile,
} from "./settings/load-config.ts";
export { type MemoryOptimizationConfig, memoryOptimizationSchema } from "./settings/memory-optimization.ts";
export {
  type MasterAutomationConfig,
  MODULES,
  type ModuleName,
  type ModuleSettings,
  masterAutomationSchema,
  moduleWaves,
} from "./settings/modules.ts";
export { applyChanges, pathKeys, valueAt } from "./settings/overlay.ts";
export { hostCapacity, type ParallelProcessingConfig, parallelProcessingSchema } from "./settings/parallel-processing.ts";
export { type ReadOptions, readDocument, type ValidateOptions, validate } from "./validate.ts";
export * from "./workflow.ts";
