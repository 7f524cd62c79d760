import { randomUUID } from "node:crypto";
import type { RunDetail, StartRun } from "@qmoi/client";
import type { Command } from "commander";
import { type Cli, type CommonOptions, newCommand, printJson } from "../cli.ts";
import { type Connection, withConnection } from "../connection.ts";
import { FailedWork, Interrupted } from "../errors.ts";
import { shortRun } from "../format.ts";
import { readInputs } from "../inputs.ts";
import { collect, wholeNumber } from "../options.ts";
import { watchRun } from "../watch.ts";
import { isFile, readWorkflow } from "../workflow-file.ts";

interface RunOptions extends CommonOptions {
  readonly wait: boolean;
  readonly input?: readonly string[];
  readonly inputs?: string;
  readonly priority?: number;
  readonly version?: string;
  readonly reason?: string;
  readonly key?: string;
}

export const runCommand = (cli: Cli): Command =>
  newCommand({
    usage: "run <workflow>",
    summary: "run a workflow: a file (published first; `-` is standard input) or the name of a published one",
    details:
      "Shows its progress and a summary. With a server on the data folder the server runs it; without one it runs here, to its end.\nExit code 0 if it succeeded, 1 if it failed or was cancelled.",
    examples: [
      ["qmoi run etl.json", "publish the file and run it"],
      ["qmoi run etl --input day=2026-01-31", "run the published workflow with an input"],
      ["qmoi run etl --no-wait --json", "start it and print the run's id at once"],
    ],
  })
    .option("--no-wait", "return at once; a server goes on with it")
    .option("--input <name=value>", "an input (JSON if it parses, else text); repeat for more", collect)
    .option("--inputs <file>", "JSON file of inputs")
    .option("--priority <1-10>", "priority of this run; 10 goes first", wholeNumber(1, 10))
    .option("--version <hash>", "version of the workflow (or its first 6 digits); the latest otherwise")
    .option("--key <text>", "idempotency key: the same key gives the same run")
    .option("--reason <text>", "why, for the record")
    .action((workflow: string, options: RunOptions) => run(cli, workflow, options));

const run = async (cli: Cli, given: string, options: RunOptions): Promise<void> => {
  const inputs = readInputs(options.input ?? [], options.inputs);
  const document = isFile(given) ? readWorkflow(given, cli.io.env) : undefined;
  const key = options.key ?? randomUUID();
  let started: string | undefined;
  const detail = await withConnection(cli, options, options.wait ? "work" : "tell", async (connection) => {
    const { client } = connection;
    // A second connection finds the run that the first one started.
    if (started === undefined) {
      const published = document ? await client.publish(document) : undefined;
      const request: StartRun = {
        workflow: published?.name ?? given,
        inputs,
        ...(published ? { version: published.version } : options.version ? { version: options.version } : {}),
        ...(options.priority === undefined ? {} : { priority: options.priority }),
        ...(options.reason === undefined ? {} : { reason: options.reason }),
      };
      started = (await client.startRun(request, key)).run;
    }
    return options.wait
      ? waitHere(cli, connection, started, options)
      : client.run(started).then((run) => told(cli, connection, run, options));
  });
  if (options.json) printJson(cli.io, detail);
  if (options.wait && detail.state !== "succeeded") throw new FailedWork();
};

const told = (cli: Cli, { served }: Connection, run: RunDetail, options: RunOptions): RunDetail => {
  if (!options.json) cli.io.out(`${run.run}\n`);
  if (!served) cli.io.err("No server runs on the data folder: the run begins when one does (`qmoi up`).\n");
  return run;
};

/** Ctrl-C leaves a run that a server works on; one that this process works on it cancels. */
const waitHere = async (cli: Cli, connection: Connection, run: string, options: RunOptions): Promise<RunDetail> => {
  const { client, here } = connection;
  // The address holds the key: it is for a person, not for a log.
  const page = here && cli.io.live ? `, console at ${here.consoleUrl}` : "";
  if (here && !options.json) cli.io.err(cli.io.errStyle.dim(`no server on the data folder: running here${page}\n`));
  try {
    return await watchRun(cli, client, run, { json: options.json === true });
  } catch (error) {
    if (!cli.signal.aborted) throw error;
    if (!here) {
      cli.io.err(`The run goes on without this terminal: \`qmoi runs\` shows it, \`qmoi cancel ${shortRun(run)}\` ends it.\n`);
      throw new Interrupted();
    }
    cli.io.err("Cancelling the run; once more Ctrl-C leaves it as it is.\n");
    await client.cancel(run, "interrupted").catch(() => undefined);
    return watchRun({ ...cli, signal: cli.second }, client, run, { json: options.json === true });
  }
};
