export { type ControlPorts, changeControl, readControl } from "./change-control.ts";
export type { CommandItem } from "./command-item.ts";
export { CommandStore } from "./command-store.ts";
export { type CommandPreview, Commands, type SystemState } from "./commands.ts";
export { emergencyStop } from "./emergency-stops.ts";
export { migrate, schemaVersion } from "./migrate.ts";
export type { AuditLookup, CommandParts, CommandSettings, Executor } from "./parts.ts";
export type { Releases } from "./releases.ts";
export type { StepAnswer, StepEvent } from "./steps.ts";
