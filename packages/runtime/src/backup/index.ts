// Apart from the package's index: only who makes or restores backups needs it.
export { BackupClock } from "./backup-clock.ts";
export { onceIn } from "./once-in.ts";
export { StoredBackups } from "./stored-backups.ts";
