export { jsonPath, type PathSegments } from "./json-path.ts";
export { LIMITS } from "./limits.ts";
export { nearest } from "./nearest.ts";
export type { Problem } from "./problems.ts";
export { type ReadJsonOptions, readJson } from "./read-json.ts";
export { type ReadOptions, readDocument, type ValidateOptions, validate } from "./validate.ts";
export * from "./workflow.ts";
