import { BackupClock } from "@qmoi/runtime/backup";
import type { CloudCommands } from "./commands.ts";
import type { CloudPlane } from "./plane.ts";
import type { CloudSystem } from "./system.ts";

/** Makes backups by themselves, whenever somebody looks. */
export const openBackupClock = ({ ports }: CloudSystem, { configuration }: CloudPlane, { backups }: CloudCommands): BackupClock =>
  new BackupClock({ ...ports, settings: () => configuration.current().backup }, backups);
