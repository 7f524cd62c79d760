import { expressions } from "./expression.ts";
import { patterns } from "./pattern.ts";

/** Loads what reads the expressions of a definition, as JSON text: nothing for one without any. */
export const loadReaders = async (definition: string): Promise<void> => {
  if (/\$\{\{|"when":|"forEach":/.test(definition)) await expressions.load();
  if (definition.includes("matches")) await patterns.load();
};
