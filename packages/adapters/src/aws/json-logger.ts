import type { Clock, Logger, LogLevel } from "@qmoi/core";
import { jsonLine } from "../log/log-line.ts";

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** One line of JSON for each message, to a platform that collects what is written. */
export const jsonLogger = (clock: Clock, level: LogLevel, write: (line: string) => void): Logger => ({
  log: (own, message, fields) => {
    if (LEVELS.indexOf(own) < LEVELS.indexOf(level)) return;
    write(jsonLine({ time: new Date(clock.now()).toISOString(), level: own, message }, fields));
  },
});
