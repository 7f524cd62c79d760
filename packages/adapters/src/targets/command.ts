import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import type { Failure } from "@qmoi/core";
import { invalid } from "./failures.ts";

const isProgram = (path: string): "yes" | "no" | "absent" => {
  try {
    if (!statSync(path).isFile()) return "no";
    accessSync(path, constants.X_OK);
    return "yes";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EACCES" ? "no" : "absent";
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
  const found = candidates.map((candidate) => [candidate, isProgram(candidate)] as const);
  const program = found.find(([, is]) => is === "yes");
  if (program) return program[0];
  const refused = found.find(([, is]) => is === "no");
  if (refused) return invalid(`${refused[0]} is not a program that may be executed: make it executable (chmod +x).`, "EACCES");
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
