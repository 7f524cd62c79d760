import { Ansis } from "ansis";
import type { Io } from "../io.ts";
import { execute } from "../program.ts";

export interface CliResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly colours?: boolean;
  readonly columns?: number;
  readonly signal?: AbortSignal;
}

/** Runs a command line in this process and keeps what it says. */
export const runCli = async (
  argv: readonly string[],
  { env = {}, colours = false, columns = 100, signal }: CliOptions = {},
): Promise<CliResult> => {
  let out = "";
  let err = "";
  const style = new Ansis(colours ? 3 : 0);
  const io: Io = {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    style,
    errStyle: style,
    live: false,
    outIsTerminal: false,
    columns,
    broken: false,
    env,
  };
  const never = new AbortController().signal;
  const code = await execute(argv, { io, signal: signal ?? never, second: never });
  return { code, out, err };
};
