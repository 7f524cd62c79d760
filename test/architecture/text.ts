import { isTest, type Problem, type SourceFile } from "./sources.ts";

/** Longest source file, in lines: one public concept each. */
export const MAX_LINES = 300;

interface Rule {
  readonly pattern: RegExp;
  readonly message: string;
}

// Written with brackets, so that this file does not match its own rules.
const RULES: readonly Rule[] = [
  { pattern: /\b(TO[D]O|FIX[M]E|XX[X]|HAC[K])\b/, message: "is unfinished work; finish it, or say in the changelog what is missing." },
  {
    pattern: /registry\.(npm[j]s|yarn[p]kg)\.(org|com)|files\.python[h]osted\.org|\bpy[p]i\.org|(deb|security)\.debi[a]n\.org/i,
    message: "names a package registry; the client's own configuration does.",
  },
  { pattern: /(?<![\w.])\/(roo[t]|wor[k]|hom[e]\/\w+|User[s]\/\w+)\//, message: "is a path of one machine." },
  { pattern: /\b(issue|ticket)s? ?#?\d+/i, message: "refers to a tracker; say what is meant." },
  { pattern: /\.(only|skip|todo)\(/, message: "focuses, skips or postpones a test; run it, or delete it." },
  { pattern: /@ts-(ignore|nocheck)|biome-ignore-all/, message: "silences a check for more than one reason; repair it." },
];

/** Words and paths that have no place in the repository. */
export const wordProblems = ({ path, text }: SourceFile): Problem[] =>
  text.split("\n").flatMap((line, index) =>
    RULES.flatMap(({ pattern, message }) => {
      const match = pattern.exec(line);
      return match ? [{ path, line: index + 1, message: `"${match[0]}" ${message}` }] : [];
    }),
  );

/** Source files that are too long to hold one concept. Tests may be longer. */
export const lengthProblems = ({ path, text }: SourceFile): Problem[] => {
  const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
  if (isTest(path) || lines <= MAX_LINES) return [];
  return [{ path, line: MAX_LINES + 1, message: `has ${lines} lines, and ${MAX_LINES} are allowed; move a concept into its own file.` }];
};
