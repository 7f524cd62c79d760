import type { Published } from "@qmoi/client";
import type { Command } from "commander";
import { type Cli, type CommonOptions, newCommand, printJson } from "../cli.ts";
import { planeForCheck } from "../connection.ts";
import { plural } from "../format.ts";
import { readWorkflow } from "../workflow-file.ts";

export const validateCommand = (cli: Cli): Command =>
  newCommand({
    usage: "validate <files...>",
    summary: "check workflow files and change nothing",
    details:
      "Checks schema, needs, cycles, expressions, schedules and whether each task fits its pool. Exit code 0 if all are valid, 2 if not.",
    examples: [
      ["qmoi validate etl.json", "one file"],
      ["qmoi validate workflows/*.json --json", "many, for a program"],
    ],
  }).action(async (files: string[], options: CommonOptions) => {
    const checked: (Published & { file: string })[] = [];
    const { client, close } = await planeForCheck(cli, options);
    try {
      for (const file of files) {
        const found = await client.validate(readWorkflow(file, cli.io.env));
        checked.push({ file, ...found });
        if (!options.json)
          cli.io.out(`${cli.io.style.green("✓")} ${file}: workflow ${cli.io.style.bold(found.name)}, ${plural(found.tasks, "task")}\n`);
      }
    } finally {
      await close();
    }
    if (options.json) printJson(cli.io, checked);
  });
