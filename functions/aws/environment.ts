/** Everything that a function reads of its environment; the stacks set exactly this. */
export interface Environment {
  /** Name of the table. */
  readonly QMOI_TABLE: string;
  /** Bucket of blobs. */
  readonly QMOI_BLOBS: string;
  /** Bucket of backups, which only those can use who carry out commands. */
  readonly QMOI_BACKUPS: string;
  /** Addresses of queues: hints to the task-runner, runs to look at, outcomes of work that ran elsewhere. */
  readonly QMOI_HINTS: string;
  readonly QMOI_WAKES: string;
  readonly QMOI_COMPLETIONS: string;
  /** What the names of this stage's functions begin with. */
  readonly QMOI_PREFIX: string;
  /** ARN of the state machine that carries out commands. */
  readonly QMOI_MACHINE: string;
  /** Lines below are left out: debug, info, warn or error. */
  readonly QMOI_LOG_LEVEL: string;
}

const NAMES = [
  "QMOI_TABLE",
  "QMOI_BLOBS",
  "QMOI_BACKUPS",
  "QMOI_HINTS",
  "QMOI_WAKES",
  "QMOI_COMPLETIONS",
  "QMOI_PREFIX",
  "QMOI_MACHINE",
  "QMOI_LOG_LEVEL",
] as const;

/** Throws an Error that names what is missing. */
export const readEnvironment = (env: Readonly<Record<string, string | undefined>>): Environment => {
  const missing = NAMES.filter((name) => env[name] === undefined);
  if (missing.length > 0) throw new Error(`The function's environment has no ${missing.join(", ")}: deploy it by the stacks.`);
  return Object.fromEntries(NAMES.map((name) => [name, env[name]])) as unknown as Environment;
};
