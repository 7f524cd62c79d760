import { type ParseArgsConfig, parseArgs } from "node:util";

type Options = NonNullable<ParseArgsConfig["options"]>;
type Values<O extends Options> = ReturnType<typeof parseArgs<{ options: O; allowPositionals: true }>>;

export interface Read<O extends Options> {
  readonly values: Values<O>["values"];
  readonly positionals: readonly string[];
  /** Ends the process with exit code 2, as of a command that was called wrongly, and says how it is called. */
  readonly refuse: (message: string) => never;
}

/** Options of a script's command line. `--help` prints how it is called and ends the process; so does, with exit code 2, what it doesn't know. */
export const readOptions = <const O extends Options>(help: string, options: O, mostPositionals = 0): Read<O> => {
  const refuse = (message: string): never => {
    process.stderr.write(`${message}\n\n${help.trimEnd()}\n`);
    process.exit(2);
  };
  if (process.argv.slice(2).includes("--help")) {
    process.stdout.write(`${help.trimEnd()}\n`);
    process.exit(0);
  }
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    const over = positionals[mostPositionals];
    return over === undefined ? { values, positionals, refuse } : refuse(`Unexpected argument "${over}".`);
  } catch (error) {
    return refuse((error as Error).message);
  }
};
