import { resolve } from "node:path";
import { Command } from "commander";
import type { Io } from "./io.ts";

/** Options that every command has. */
export interface CommonOptions {
  readonly data?: string;
  readonly config?: string;
  readonly json?: boolean;
  /** Address of a server, in place of QMOI_URL. */
  readonly url?: string;
  /** Name of a stage in AWS, in place of an address. */
  readonly stage?: string;
}

export interface CommandText {
  /** With arguments: `tasks <run>`. */
  readonly usage: string;
  readonly summary: string;
  /** What the summary leaves out. */
  readonly details?: string;
  /** Command lines with what they do. */
  readonly examples: readonly (readonly [line: string, does: string])[];
}

/** What a command gets besides its own arguments. */
export interface Cli {
  readonly io: Io;
  /** Aborts when the user asks to end. */
  readonly signal: AbortSignal;
  /** Aborts when the user asks again. */
  readonly second: AbortSignal;
}

export const newCommand = ({ usage, summary, details, examples }: CommandText): Command => {
  const [name = "", ...args] = usage.split(" ");
  const sentence = `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
  const command = new Command(name).summary(summary).description(details === undefined ? sentence : `${sentence}\n\n${details}`);
  for (const arg of args) command.argument(arg);
  const width = Math.max(...examples.map(([line]) => line.length));
  const lines = examples.map(([line, does]) => `  $ ${line.padEnd(width)}  ${does}`);
  return command
    .option("--json", "print JSON for programs")
    .option("--data <dir>", "data folder (default: .qmoi)")
    .option("--url <url>", "another server; QMOI_API_KEY holds its key")
    .option("--stage <name>", "a stage in AWS; QMOI_API_KEY holds its key")
    .option("--config <dir>", "folder of configuration files (default: QMOI's own)")
    .addHelpText("after", `\nExamples:\n${lines.join("\n")}\n`);
};

export const dataDirOf = (options: CommonOptions): string => resolve(options.data ?? ".qmoi");

export const printJson = (io: Io, value: unknown): void =>
  io.out(`${JSON.stringify(value, undefined, io.outIsTerminal ? 2 : undefined)}\n`);
