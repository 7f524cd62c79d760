import type { ModuleName } from "@qmoi/config";
import { QmoiError } from "@qmoi/core";

/**
 * Which version of the code each module runs. In the cloud, functions are published versions behind an alias that all callers use, and a
 * move moves the alias; locally a new process takes over from the old one, which drains.
 */
export interface Releases {
  running(module: ModuleName): Promise<string>;
  /** The newest version that is there to move to. */
  newest(): Promise<string>;
  /**
   * Moves a module to a version, newer or older. `moving`: it is under way, ask `running` again. Repeating a move that was made is no error,
   * and a move to the version that runs gives up one that is under way.
   * Errors: QMOI_UPDATE_UNAVAILABLE where the version can't be had.
   */
  move(module: ModuleName, version: string, move: Move): Promise<"moved" | "moving">;
}

/** For whom a module is moved. */
export interface Move {
  /** Id of the command. */
  readonly by: string;
  /** How long what runs is waited for (ms). */
  readonly drainMs: number;
}

/** Where the version that runs is the only one there is. `why` a move to another one is refused says what to do. */
export const onlyRelease = (version: string, why: string): Releases => ({
  running: async () => version,
  newest: async () => version,
  move: async (_module, wanted) => {
    if (wanted !== version) throw new QmoiError("QMOI_UPDATE_UNAVAILABLE", why);
    return "moved";
  },
});
