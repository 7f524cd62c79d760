// Apart from the package's index: it brings the library of schemas, which is large.
export { schemaFiles } from "./schema-files.ts";
export { algorithmOptimizationSchema, FOREST_ENGINES, ORACLE_NAMES, POLICY_NAMES } from "./settings/algorithm-optimization.ts";
export { backupOptimizationSchema } from "./settings/backup-optimization.ts";
export { BUILT, isBuilt, moduleOfLeaf } from "./settings/built.ts";
export { errorHandlingSchema } from "./settings/error-handling.ts";
export { configLeaves, leafPaths, leavesIn } from "./settings/leaves.ts";
export { CONFIG_DOCUMENTS, CONFIG_NAMES, documentNamed, loadConfig, loadDocument, overDocument } from "./settings/load-config.ts";
export { memoryOptimizationSchema } from "./settings/memory-optimization.ts";
export { masterAutomationSchema } from "./settings/modules.ts";
export { hostCapacity, parallelProcessingSchema } from "./settings/parallel-processing.ts";
