import { fileURLToPath } from "node:url";
import { createClient } from "@qmoi/client";
import type { LocalServer } from "@qmoi/local";
import type { Command } from "commander";
import { type Cli, newCommand, printJson } from "../cli.ts";
import { portOption, type ServeOptions, serve, verboseOption } from "../serve.ts";
import { watchRun } from "../watch.ts";
import { readWorkflow } from "../workflow-file.ts";

const EXAMPLE = new URL("../../../../config/workflows/example.json", import.meta.url);

export const startCommand = (cli: Cli): Command =>
  newCommand({
    usage: "start",
    summary: "as `up`, and run the example workflow once (what `npm start` does)",
    examples: [["qmoi start", "serve, run the example, print the addresses, go on serving"]],
  })
    .option(...portOption)
    .option(...verboseOption)
    .action((options: ServeOptions) =>
      serve(cli, options, async (server, mute) => {
        mute(true);
        await runExample(cli, server, options);
        mute(false);
      }),
    );

const runExample = async (cli: Cli, server: LocalServer, options: ServeOptions): Promise<void> => {
  const client = createClient({ url: server.url, key: server.key() });
  const { name } = await client.publish(readWorkflow(fileURLToPath(EXAMPLE), {}));
  const { run } = await client.startRun({ workflow: name, reason: "started by `qmoi start`" });
  if (!options.json) cli.io.out("\n");
  const detail = await watchRun(cli, client, run, { json: options.json === true });
  if (options.json) printJson(cli.io, detail);
  else
    cli.io.out(
      `\nwatch runs in a browser: ${cli.io.style.cyan(server.consoleUrl)}\nrun your own in another terminal: ${cli.io.style.bold("npx qmoi run <file>")}\n`,
    );
};
