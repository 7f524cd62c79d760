import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import type { Failure } from "@qmoi/core";
import { codeOf, invalid } from "./failures.ts";

const isProgram = (path: string): "yes" | "no" | "absent" => {
  try {
    // Most folders of a PATH don't have it: no exception for those.
    const stats = statSync(path, { throwIfNoEntry: false });
    if (!stats) return "absent";
    if (!stats.isFile()) return "no";
    accessSync(path, constants.X_OK);
    return "yes";
  } catch (error) {
    return codeOf(error) === "EACCES" ? "no" : "absent";
  }
};

/**
 * The path of a command as execvp finds it: with a slash relative to `cwd`, else along `path`. The check comes before the
 * start because the shell between would turn both failures into exit codes.
 */
export const resolveCommand = (command: string, cwd: string, path: string): string | Failure => {
  const candidates = command.includes("/")
    ? [resolve(cwd, command)]
    : path.split(delimiter).map((folder) => join(resolve(cwd, folder), command));
  let refused: string | undefined;
  for (const candidate of candidates) {
    const is = isProgram(candidate);
    if (is === "yes") return candidate;
    if (is === "no") refused ??= candidate;
  }
  if (refused) return invalid(`${refused} is not a program that may be executed: make it executable (chmod +x).`, "EACCES");
  const where = command.includes("/") ? "" : ` in PATH (${path})`;
  return invalid(`Command ${command} was not found${where}: install it, or give its path.`, "ENOENT");
};

/** The folder a command runs in. */
export const resolveFolder = (base: string, cwd: string | undefined): string | Failure => {
  const folder = resolve(base, cwd ?? "");
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory()
    ? folder
    : invalid(`The folder ${folder} (cwd) does not exist.`, "ENOENT");
};
