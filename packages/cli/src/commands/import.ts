import { importWfformat } from "@qmoi/advanced-automation";
import { readJson } from "@qmoi/config";
import { Command, InvalidArgumentError } from "commander";
import { type Cli, type CommonOptions, newCommand, printJson } from "../cli.ts";
import { withConnection } from "../connection.ts";
import { plural } from "../format.ts";
import { readText } from "../inputs.ts";
import { wholeNumber } from "../options.ts";
import { nameOf } from "../simulate/own-workflows.ts";

interface ImportOptions extends CommonOptions {
  readonly name?: string;
  readonly timeScale: number;
  readonly slots?: number;
}

const factor = (value: string): number => {
  const number = Number(value);
  if (value.trim() === "" || !Number.isFinite(number) || number < 0) throw new InvalidArgumentError("It must be a number from 0.");
  return number;
};

export const importCommand = (cli: Cli): Command =>
  new Command("import")
    .summary("publish a workflow written for something else")
    .description("Publish a workflow written for something else.")
    .addCommand(
      newCommand({
        usage: "wfformat <file>",
        summary: "publish a WfFormat 1.5 or 1.6 instance (wfcommons.org) whose tasks wait their measured times",
        examples: [
          ["qmoi import wfformat montage.json --name montage --time-scale 0.01", "a hundred times faster than measured"],
          ["qmoi import wfformat montage.json --slots 16 && qmoi run montage", "16 tasks at a time"],
        ],
      })
        .option("--name <name>", "name of the workflow; the file's otherwise")
        .option("--time-scale <factor>", "factor on the measured times; 0 ends each task at once", factor, 1)
        .option("--slots <n>", "slots of the workflow's own pool; the configured default pool otherwise", wholeNumber(1, 100_000))
        .action((file: string, options: ImportOptions) => importFile(cli, file, options)),
    );

const importFile = async (cli: Cli, file: string, options: ImportOptions): Promise<void> => {
  const { name = nameOf(file), timeScale, slots } = options;
  const document = importWfformat(readJson(readText(file), { file, maxBytes: 256 * 1024 * 1024 }), {
    name,
    timeScale,
    ...(slots === undefined ? {} : { slots }),
  });
  await withConnection(cli, options, "tell", async ({ client }) => {
    const published = await client.publish(document);
    if (options.json) return printJson(cli.io, published);
    const what = published.created ? "published" : "is published already";
    cli.io.out(
      `${cli.io.style.bold(published.name)} ${what} as version ${published.number} (${published.version.slice(0, 12)}): ${plural(published.tasks, "task")}\n`,
    );
    cli.io.err(cli.io.style.dim(`run it: qmoi run ${published.name}\n`));
  });
};
