import type { Ports } from "./ports.ts";

/** The same ports, with lines that tell under which epoch the work was done. */
export const underEpoch = (ports: Ports, epoch: () => number | undefined): Ports => ({
  ...ports,
  logger: { log: (level, message, fields) => ports.logger.log(level, message, { ...fields, epoch: epoch() }) },
});
