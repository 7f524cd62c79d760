import { Interruption } from "./interruption.ts";
import { processIo } from "./io.ts";
import { execute } from "./program.ts";

/** Runs one command line (without `node` and the script) and resolves with the exit code. Never rejects. */
export const main = async (argv: string[]): Promise<number> => {
  const interruption = new Interruption();
  const forget = interruption.listen();
  try {
    return await execute(argv, { io: processIo(process), signal: interruption.first, second: interruption.second });
  } finally {
    forget();
  }
};
