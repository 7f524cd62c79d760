import { QmoiError } from "@qmoi/core";
import { RE2JS } from "re2js";
import type { Budget } from "./budget.ts";
import type { Pattern } from "./pattern.ts";

/** Longest regular expression, in characters, and largest compiled one, in instructions. */
const MOST_CHARACTERS = 1_000;
const MOST_INSTRUCTIONS = 5_000;
const KEPT = 256;
/** Compiling an instruction takes as long as this many steps of an expression. */
const COMPILING = 20;

const compiled = new Map<string, Pattern>();

/** Compiles a regular expression by the library. Errors: QMOI_INVALID_EXPRESSION. */
export const compileRe2 = (source: string, budget?: Budget): Pattern => {
  const known = compiled.get(source);
  if (known) return known;
  if (source.length > MOST_CHARACTERS) throw invalid(source, `is longer than ${MOST_CHARACTERS} characters`);
  const pattern = compile(source);
  if (pattern.instructions > MOST_INSTRUCTIONS)
    throw invalid(source, `repeats too much: ${pattern.instructions} steps, at most ${MOST_INSTRUCTIONS}`);
  budget?.spend(pattern.instructions * COMPILING);
  if (compiled.size >= KEPT) compiled.clear();
  compiled.set(source, pattern);
  return pattern;
};

const compile = (source: string): Pattern => {
  try {
    const regex = RE2JS.compile(RE2JS.translateRegExp(source));
    return { instructions: regex.programSize(), test: (text) => regex.matcher(text).find(), toString: () => source };
  } catch (cause) {
    throw invalid(source, "can't be used; look-around and back references don't exist here", cause);
  }
};

const invalid = (source: string, why: string, cause?: unknown): QmoiError =>
  new QmoiError(
    "QMOI_INVALID_EXPRESSION",
    `The regular expression ${JSON.stringify(source.slice(0, 60))} ${why}.`,
    cause === undefined ? {} : { cause },
  );
