import { EXIT, exitCodeOf, Interrupted, reportError } from "./errors.ts";
import { Interruption } from "./interruption.ts";
import { processIo } from "./io.ts";
import { createProgram } from "./program.ts";

const isAbort = (error: unknown): boolean => error instanceof Error && error.name === "AbortError";

/** Runs one command line (without `node` and the script) and resolves with the exit code. Never rejects. */
export const main = async (argv: string[]): Promise<number> => {
  const io = processIo(process);
  const interruption = new Interruption();
  const forget = interruption.listen();
  try {
    await createProgram({ io, signal: interruption.first, second: interruption.second }).parseAsync(argv.length === 0 ? ["--help"] : argv, {
      from: "user",
    });
    return EXIT.done;
  } catch (error) {
    const told = isAbort(error) ? new Interrupted() : error;
    reportError(io, told, argv.includes("--json"));
    return exitCodeOf(told);
  } finally {
    forget();
  }
};
