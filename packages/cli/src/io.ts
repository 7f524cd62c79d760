import { Ansis } from "ansis";

/** What a command may say and see. Results go to `out`, everything about the way there to `err`. */
export interface Io {
  out(text: string): void;
  err(text: string): void;
  /** Colours for `out` and for `err`; without a terminal they change nothing. */
  readonly style: Ansis;
  readonly errStyle: Ansis;
  /** Whether a person sees `err` change in place. */
  readonly live: boolean;
  readonly outIsTerminal: boolean;
  readonly columns: number;
  /** Whether nobody reads `out` any more. */
  readonly broken: boolean;
  /** --url and --stage put another one here. */
  env: Readonly<Record<string, string | undefined>>;
}

type Env = Readonly<Record<string, string | undefined>>;

/** NO_COLOR (any value but empty) wins over FORCE_COLOR, which wins over what the stream is. */
const hasColours = (stream: NodeJS.WriteStream, env: Env): boolean => {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== "0";
  return stream.isTTY === true && env.TERM !== "dumb";
};

/** The process's own streams. A reader that goes away (`qmoi runs | head`) ends the output, not the work. */
export const processIo = (process: NodeJS.Process): Io => {
  const { stdout, stderr, env } = process;
  let broken = false;
  const listen = (stream: NodeJS.WriteStream, onBroken: () => void): void => {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE" && error.code !== "ERR_STREAM_DESTROYED") throw error;
      onBroken();
    });
  };
  let errBroken = false;
  listen(stdout, () => {
    broken = true;
  });
  listen(stderr, () => {
    errBroken = true;
  });
  return {
    out: (text) => {
      if (!broken) stdout.write(text);
    },
    err: (text) => {
      if (!errBroken) stderr.write(text);
    },
    style: new Ansis(hasColours(stdout, env) ? 3 : 0),
    errStyle: new Ansis(hasColours(stderr, env) ? 3 : 0),
    live: stderr.isTTY === true && env.TERM !== "dumb" && !env.CI,
    outIsTerminal: stdout.isTTY === true,
    get columns() {
      return Math.max(40, stdout.columns || stderr.columns || Number(env.COLUMNS) || 100);
    },
    get broken() {
      return broken;
    },
    env,
  };
};
