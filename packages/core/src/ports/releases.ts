/** What a module is made of, with the version of each: the functions of a stage, or the one process of a machine. */
export type Release = Readonly<Record<string, string>>;

/** For whom a module is moved. */
export interface Move {
  /** Id of the command. */
  readonly by: string;
  /** How long what runs is waited for (ms). */
  readonly drainMs: number;
}

/**
 * Which versions of the code each module runs. In the cloud, functions are published versions behind an alias that all callers use, and a
 * move moves the alias; locally a new process takes over from the old one, which drains.
 */
export interface Releases {
  /** Whether only moves change what runs, so that it can be looked up later. A machine runs whatever it is started with. */
  readonly lasting: boolean;
  running(module: string): Promise<Release>;
  /** The newest that is there to move to. */
  newest(module: string): Promise<Release>;
  /**
   * Moves a module, to newer versions or back. `moving`: it is under way, move again. Repeating a move that was made is no error, and a move to
   * what runs gives up one that is under way.
   * Errors: QMOI_UPDATE_UNAVAILABLE where a version can't be had; QMOI_MODULE_UNHEALTHY where it doesn't work, and then nothing was moved.
   */
  move(module: string, release: Release, move: Move): Promise<"moved" | "moving">;
  /** Asks what runs of a module whether it works. Absent where whoever asks is what runs. Errors: QMOI_MODULE_UNHEALTHY. */
  ask?(module: string): Promise<void>;
}

/** One part of a module whose version changes. */
export interface VersionChange {
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

/** What has to move for a release to become another; parts that only one of them has are left alone. */
export const versionChanges = (from: Release, to: Release): readonly VersionChange[] =>
  Object.keys(to)
    .toSorted()
    .flatMap((name) => {
      const [was, is] = [from[name], to[name] as string];
      return was === undefined || was === is ? [] : [{ name, from: was, to: is }];
    });
