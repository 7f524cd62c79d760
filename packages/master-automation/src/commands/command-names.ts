/** Every command of the master, in the order in which people list them. */
export const COMMAND_NAMES = [
  "start_all_modules",
  "stop_all_modules",
  "start_module",
  "stop_module",
  "optimize_system",
  "run_health_check",
  "emergency_stop",
  "update_system",
  "backup_system",
  "restore_system",
] as const;
export type CommandName = (typeof COMMAND_NAMES)[number];
