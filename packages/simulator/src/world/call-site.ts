interface Trace {
  stack?: string;
}

/**
 * Where the function `below` was called from, as the program's stack names it: one text per call in the engine's source, of which a build
 * keeps the number. Looks at a single frame, which costs about a microsecond.
 */
export const callSite = (below: (...args: never[]) => unknown): string => {
  const trace: Trace = {};
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 1;
  Error.captureStackTrace(trace, below);
  Error.stackTraceLimit = stackTraceLimit;
  return trace.stack ?? "";
};

const PLACE = /(?:packages\/runtime\/src\/|[\\/](?=[^\\/]+$))([^\s]+?:\d+):\d+\)?$/;

/** `file:line` of a call site; for the engine's source from its own folder. */
export const placeOf = (site: string): string => PLACE.exec(site.slice(site.lastIndexOf("\n") + 1))?.[1] ?? site;
