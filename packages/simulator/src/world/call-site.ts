interface Trace {
  stack?: unknown;
}

const firstFrame = (_: Error, frames: readonly NodeJS.CallSite[]): NodeJS.CallSite | undefined => frames[0];

/** The frame that called the function `below`: a single one is looked at, and no text is made of it, which would cost twice as much. */
const frameBelow = (below: (...args: never[]) => unknown): NodeJS.CallSite | undefined => {
  const trace: Trace = {};
  const { stackTraceLimit, prepareStackTrace } = Error;
  Error.stackTraceLimit = 1;
  Error.prepareStackTrace = firstFrame;
  Error.captureStackTrace(trace, below);
  const frame = trace.stack as NodeJS.CallSite | undefined;
  Error.stackTraceLimit = stackTraceLimit;
  Error.prepareStackTrace = prepareStackTrace;
  return frame;
};

/** One text for each call in the program, by where `below` was called from. A dozen microseconds: for calls that need it. */
export const callSite = (below: (...args: never[]) => unknown): string => {
  const frame = frameBelow(below);
  return frame ? `${frame.getScriptNameOrSourceURL()}:${frame.getPosition()}` : "";
};

const ENGINE = "packages/runtime/src/";

/** `file:line` from where `below` was called; for the engine's source from its own folder, else the file's name. */
export const placeBelow = (below: (...args: never[]) => unknown): string => {
  const frame = frameBelow(below);
  if (!frame) return "";
  const file = String(frame.getScriptNameOrSourceURL());
  const at = file.lastIndexOf(ENGINE);
  return `${file.slice(at < 0 ? file.lastIndexOf("/") + 1 : at + ENGINE.length)}:${frame.getLineNumber()}`;
};
