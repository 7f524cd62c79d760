import type { ModuleName } from "@qmoi/config";

/**
 * Which version of the code each module runs. In the cloud, functions are published versions behind an alias that all callers use, and a
 * move moves the alias; locally a new process takes over from the old one, which drains.
 */
export interface Releases {
  running(module: ModuleName): Promise<string>;
  /** The newest version that is there to move to. */
  newest(): Promise<string>;
  /**
   * Moves a module to a version, newer or older. `moving`: it is under way, ask `running` again. Repeating a move that was made is no error.
   * Errors: QMOI_UPDATE_UNAVAILABLE where the version can't be had.
   */
  move(module: ModuleName, version: string): Promise<"moved" | "moving">;
}
