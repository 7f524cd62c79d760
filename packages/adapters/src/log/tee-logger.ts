import type { Logger } from "@qmoi/core";

/** Gives every line to each of the loggers. */
export const teeLogger = (...loggers: readonly Logger[]): Logger => ({
  log: (level, message, fields) => {
    for (const logger of loggers) logger.log(level, message, fields);
  },
});
