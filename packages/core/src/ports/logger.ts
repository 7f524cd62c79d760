export type LogLevel = "debug" | "info" | "warn" | "error";
/** Facts of a line; reserved keys: run, task, attempt, epoch, error. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Structured log: a short constant message plus fields. Never put secrets into fields. */
export interface Logger {
  log(level: LogLevel, message: string, fields?: LogFields): void;
}

/** Keeps nothing. */
export const silentLogger: Logger = { log: () => undefined };
