import { definitionChecks } from "./check/definition-checks.ts";
import { expressions } from "./expression/expression.ts";
import { patterns } from "./expression/pattern.ts";
import { inputChecks } from "./inputs/input-checks.ts";

/** Loads at once what is otherwise loaded by its first use: for those whose time stands still meanwhile. */
export const loadEverything = async (): Promise<void> => {
  await Promise.all([definitionChecks, expressions, patterns, inputChecks].map((late) => late.load()));
};
