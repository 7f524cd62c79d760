import { ERRORS } from "@qmoi/core";

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("<", "&lt;");

/** Codes by their first word, `QMOI_STORE_FULL` under STORE; a word that only one code has goes with the rest. */
const groups = (codes: readonly string[]): [string, string[]][] => {
  const byWord = Map.groupBy(codes, (code) => code.split("_")[1] ?? "");
  const shared = [...byWord].filter(([, members]) => members.length > 1);
  const rest = codes.filter((code) => !shared.some(([, members]) => members.includes(code)));
  const title = (word: string): string => `${word[0]}${word.slice(1).toLowerCase()}`;
  const named = shared.map(([word, members]): [string, string[]] => [title(word), members]);
  return [...named.sort(([a], [b]) => (a < b ? -1 : 1)), ["Others", rest]];
};

const row = (code: string): string => {
  const { means, remedy, status, exit } = ERRORS[code as keyof typeof ERRORS];
  // Backticks keep <placeholders> as they are.
  const safe = (text: string): string =>
    text
      .split("`")
      .map((part, index) => (index % 2 === 0 ? cell(part) : part))
      .join("`");
  return `| \`${code}\` | ${safe(means)} | ${safe(remedy)} | ${status} | ${exit} |`;
};

/** docs/errors.md: every stable code, what it means and what to do. */
export const errorsPage = (): string => {
  const sections = groups(Object.keys(ERRORS)).map(
    ([title, codes]) =>
      `## ${title}\n\n| Code | What happened | What to do | HTTP | Exit |\n| --- | --- | --- | --- | --- |\n${codes.sort().map(row).join("\n")}\n`,
  );
  return `# Errors

<!-- Written by \`npm run generate\` from packages/core/src/errors.ts. -->

Every error of QMOI carries a stable code. It says what happened and what to do, and names the offending path or line; the API
answers with it as JSON under the HTTP status below, and the command line ends with the exit code below (1 failed work, 2 usage, 3 not reachable).
Codes are never renamed or reused.

${sections.join("\n")}`;
};
