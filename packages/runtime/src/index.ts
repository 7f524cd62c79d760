export * from "./audit/index.ts";
export * from "./backup/backups.ts";
export * from "./configuration/configuration.ts";
export * from "./control-plane.ts";
export { Engine, type EngineOptions } from "./engine.ts";
export { type AttemptItem, type ControlItem, type HeaderItem, keys } from "./items.ts";
export { createControlPlane } from "./plane/index.ts";
export type { Hint, Ports } from "./ports.ts";
export * from "./settings.ts";
