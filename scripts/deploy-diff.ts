// Tells what a deploy would change: `npm run deploy:diff -- --stage <name> [--stage <name> …] [--markdown <file>]`, with the rights to read stacks.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { parseArgs, stripVTControlCharacters } from "node:util";

const HELP = `npm run deploy:diff -- --stage <name> [--stage <name> ...] [--markdown <file>]

Compares a stage's stacks with what is deployed, and prints what a deploy would change. Needs AWS rights to read stacks.

  --stage <name>     a stage; repeat for more
  --markdown <file>  write it as the text of a comment
  --json             print { stage: text }
`;
/** A comment of GitHub holds 65,536 characters. */
const MOST = 60_000;

/** What `sst diff` prints of a stage. */
const diffOf = (stage: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn("npx", ["sst", "diff", "--stage", stage, "--no-color"], { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.on("error", reject);
    child.on("exit", (code) => {
      const text = stripVTControlCharacters(output).trim();
      if (code === 0) resolve(text);
      else
        reject(new Error(`\`sst diff --stage ${stage}\` ended with ${code}. Check the AWS credentials and region.\n${text.slice(-4000)}`));
    });
  });

/** The diffs as a comment: one part a stage, folded. */
export const commentOf = (diffs: ReadonlyMap<string, string>): string => {
  const each = Math.floor(MOST / Math.max(1, diffs.size));
  const parts = [...diffs].map(([stage, text]) => {
    const shown =
      text.length > each
        ? `${text.slice(0, each)}\n… ${text.length - each} characters more: npm run deploy:diff -- --stage ${stage}`
        : text;
    // A fence longer than any in the text.
    const fence = "`".repeat(1 + Math.max(2, ...[...shown.matchAll(/`+/g)].map(([ticks]) => ticks.length)));
    return `<details><summary>${stage}</summary>\n\n${fence}diff\n${shown}\n${fence}\n\n</details>`;
  });
  return ["What a deploy would change", ...parts, ""].join("\n\n");
};

if (import.meta.main) {
  const options = {
    stage: { type: "string", multiple: true },
    markdown: { type: "string" },
    json: { type: "boolean" },
    help: { type: "boolean" },
  } as const;
  try {
    const { values } = parseArgs({ options });
    const { stage: stages = [], markdown, json, help } = values;
    if (help) process.stdout.write(HELP);
    else if (stages.length === 0) throw new Error(`A stage is needed.\n\n${HELP}`);
    else {
      const diffs = new Map<string, string>();
      for (const stage of stages) diffs.set(stage, await diffOf(stage));
      if (markdown !== undefined) writeFileSync(markdown, commentOf(diffs));
      process.stdout.write(
        json ? `${JSON.stringify(Object.fromEntries(diffs))}\n` : [...diffs].map(([stage, text]) => `${stage}\n${text}\n`).join("\n"),
      );
    }
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
}
