// Writes the files that have their source in code: `npm run generate`; with --check it changes nothing and fails where a file is out of date.
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { schemaFiles } from "@qmoi/config/schemas";
import { clientTypes, description } from "./client-types.ts";
import { errorsPage } from "./errors-page.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Text of every generated file, by its path in the repository. */
export type GeneratedFiles = Readonly<Record<string, string>>;

/** What the code asks for. */
export const generatedFiles = async (): Promise<GeneratedFiles> => {
  const schemas = Object.entries(schemaFiles()).map(([name, schema]) => [`config/schema/${name}`, `${JSON.stringify(schema, null, 2)}\n`]);
  return { "docs/errors.md": errorsPage(), "packages/client/src/api.ts": clientTypes(await description()), ...Object.fromEntries(schemas) };
};

// What only a deploy needs is not always installed: loaded where it is, by a path that the types of everything else don't follow.
const IAM_PAGE: string = "../stacks/iam-page.ts";

/** What the stacks ask for; nothing where they can't be synthesised. */
const stackFiles = async (): Promise<GeneratedFiles> => {
  if (!existsSync(join(root, "node_modules/aws-cdk-lib"))) {
    console.log("docs/iam.md is left out: the packages of stacks/ are not installed (`node scripts/ensure-installed.mjs --deploy`).");
    return {};
  }
  const { iamPage } = (await import(IAM_PAGE)) as { iamPage: () => string };
  return { "docs/iam.md": iamPage() };
};

/** Generated files that nothing generates any more. */
const leftOvers = (files: GeneratedFiles, folder: string): string[] =>
  globSync("config/schema/*.schema.json", { cwd: folder }).filter((path) => !(path in files));

const firstDifference = (path: string, wanted: string, folder: string): string | undefined => {
  if (!existsSync(join(folder, path))) return `${path} is missing`;
  const found = readFileSync(join(folder, path), "utf8");
  if (found === wanted) return undefined;
  const [foundLines, wantedLines] = [found.split("\n"), wanted.split("\n")];
  const index = wantedLines.findIndex((line, at) => line !== foundLines[at]);
  const at = index < 0 ? wantedLines.length : index;
  return `${path}:${at + 1} differs\n  is:        ${foundLines[at] ?? "(end of file)"}\n  should be: ${wantedLines[at] ?? "(end of file)"}`;
};

/** Where the files of a folder differ from what the code asks for, each with its first differing line. */
export const drift = (files: GeneratedFiles, folder: string = root): string[] => [
  ...Object.entries(files).flatMap(([path, wanted]) => firstDifference(path, wanted, folder) ?? []),
  ...leftOvers(files, folder).map((path) => `${path} has no source any more`),
];

const write = (files: GeneratedFiles): void => {
  for (const path of leftOvers(files, root)) rmSync(join(root, path));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
};

if (import.meta.main) {
  const files = { ...(await generatedFiles()), ...(await stackFiles()) };
  const differences = drift(files);
  if (process.argv.includes("--check")) {
    if (differences.length > 0) {
      console.error(`${differences.join("\n")}\n\nRun \`npm run generate\` and commit the result.`);
      process.exitCode = 1;
    } else console.log(`${Object.keys(files).length} generated files are up to date.`);
  } else {
    write(files);
    console.log(differences.length > 0 ? `Wrote ${differences.length} of ${Object.keys(files).length} files.` : "Nothing to write.");
  }
}
