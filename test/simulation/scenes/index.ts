import type { SceneOptions } from "../scene.ts";
import { ATTEMPT_SCENES } from "./attempts.ts";
import { BACKUP_SCENES } from "./backups.ts";
import { COMMAND_SCENES } from "./commands.ts";
import { CONFIGURATION_SCENES } from "./configuration.ts";
import { GOVERNANCE_SCENES } from "./governance.ts";
import { RUN_SCENES } from "./runs.ts";
import { SHARED_SCENES } from "./shared.ts";

/** Plays a scene to its end and says what was violated, if anything. */
export type SceneOf = (options: SceneOptions) => Promise<string | undefined>;

/** For each condition of a write, the scenes in which it is what prevents the damage. */
export const SCENES: Readonly<Record<string, readonly SceneOf[]>> = {
  ...ATTEMPT_SCENES,
  ...RUN_SCENES,
  ...SHARED_SCENES,
  ...GOVERNANCE_SCENES,
  ...COMMAND_SCENES,
  ...CONFIGURATION_SCENES,
  ...BACKUP_SCENES,
};
