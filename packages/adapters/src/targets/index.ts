export { isPublicAddress } from "./address-guard.ts";
export * from "./create-targets.ts";
export * from "./function-target.ts";
export { HttpTarget, type HttpTargetOptions } from "./http-target.ts";
export * from "./process-target.ts";
export * from "./shim-lock.ts";
export type * from "./task-function.ts";
export * from "./wait-target.ts";
