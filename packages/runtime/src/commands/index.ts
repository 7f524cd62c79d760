// Apart from the package's index: only who gives or carries out commands needs it.

export { type ControlPorts, changeControl, readControl } from "./change-control.ts";
export type { CommandItem } from "./command-item.ts";
export type { CommandPreview } from "./command-preview.ts";
export { everyMs } from "./command-settings.ts";
export { CommandStore } from "./command-store.ts";
export type { Commands, SystemState } from "./commands.ts";
export { type CommandedSystem, commandsOf } from "./commands-of.ts";
export { emergencyDisabled, emergencyStop } from "./emergency-stops.ts";
export { executeMasterCommand, registerMasterCommand } from "./library.ts";
export { migrate, refuseNewerData, schemaVersion, upgradeData } from "./migrate.ts";
export type { AuditLookup, CommandParts, CommandSettings, Executor } from "./parts.ts";
export { onlyRelease } from "./releases.ts";
export type { StepAnswer, StepEvent } from "./steps.ts";
