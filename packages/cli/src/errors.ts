import { ERRORS, QmoiError } from "@qmoi/core";
import type { Ansis } from "ansis";
import { CommanderError } from "commander";
import type { Io } from "./io.ts";

/** Exit codes: 0 done, 1 failed work, 2 usage, 3 not reachable, 130 interrupted. */
export const EXIT = { done: 0, failed: 1, usage: 2, unreachable: 3, interrupted: 130 } as const;

/** Work that ended without success; it was said already. */
export class FailedWork extends Error {}

/** Ctrl-C; what it means was said already. */
export class Interrupted extends Error {}

export const exitCodeOf = (error: unknown): number => {
  if (error instanceof FailedWork) return EXIT.failed;
  if (error instanceof Interrupted) return EXIT.interrupted;
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  return error instanceof QmoiError ? ERRORS[error.code].exit : EXIT.failed;
};

interface ListedProblem {
  readonly path?: unknown;
  readonly message?: unknown;
  readonly line?: unknown;
  readonly column?: unknown;
}

const problemsOf = (error: QmoiError): readonly ListedProblem[] => {
  const { problems } = error.data ?? {};
  return Array.isArray(problems) ? problems.slice(1) : [];
};

/** `error:`, `at`, `try:` for people; one JSON object for programs. Both on stderr, so that stdout holds results only. */
export const reportError = (io: Io, error: unknown, json: boolean): void => {
  if (error instanceof FailedWork || error instanceof Interrupted || error instanceof CommanderError) return;
  io.err(
    json
      ? `${JSON.stringify(jsonOf(error))}\n`
      : error instanceof QmoiError
        ? errorText(io.errStyle, error)
        : defectText(io.errStyle, error),
  );
};

const jsonOf = (error: unknown): unknown =>
  error instanceof QmoiError ? error.toJSON() : { code: "QMOI_INTERNAL", message: String(error) };

const errorText = (style: Ansis, error: QmoiError): string => {
  const more = problemsOf(error).map(
    ({ path, message, line, column }) =>
      `  ${style.dim("and")} ${line === undefined ? "" : `${line}:${column} `}${String(path)}: ${String(message)}\n`,
  );
  // A message that names the place already says it better.
  const at = error.path === undefined || error.message.includes(error.path) ? "" : `  ${style.dim("at")}  ${error.path}\n`;
  return `${style.red("error:")} ${error.message}\n${at}${more.join("")}  ${style.dim("try:")} ${error.remedy} ${style.dim(`(${error.code})`)}\n`;
};

const defectText = (style: Ansis, error: unknown): string => {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `${style.red("error:")} a defect in QMOI\n${style.dim(stack)}\n  ${style.dim("try:")} report it with the lines above\n`;
};

/** What commander throws instead of ending the process: help and version as they are, everything else as QMOI_USAGE. */
export const usageError = (error: CommanderError, command: string): Error => {
  if (error.exitCode === 0 || error.code === "commander.help") return error;
  const message = error.message.replace(/^error: /, "").replace(/\n/g, " ");
  const sentence = `${message.charAt(0).toUpperCase()}${message.slice(1)}${/[.?)]$/.test(message) ? "" : "."}`;
  return new QmoiError("QMOI_USAGE", sentence, { remedy: `See \`${command} --help\`.`, cause: error });
};
