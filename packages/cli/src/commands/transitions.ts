import type { Client, Run } from "@qmoi/client";
import { Argument, type Command } from "commander";
import { type Cli, type CommandText, type CommonOptions, newCommand, printJson } from "../cli.ts";
import { type Connection, withConnection } from "../connection.ts";
import { FailedWork } from "../errors.ts";
import { resolveRun } from "../run-ids.ts";
import { stateText } from "../states.ts";
import { watchRun } from "../watch.ts";

interface TransitionOptions extends CommonOptions {
  readonly reason?: string;
  readonly wait?: boolean;
}

type Apply = (client: Client, run: string, reason: string | undefined) => Promise<Run>;

const report = (cli: Cli, { served }: Connection, run: Run, json: boolean): void => {
  if (json) printJson(cli.io, run);
  else cli.io.out(`${stateText(cli.io.style, run.state)}  ${run.workflow}  ${cli.io.style.dim(`run ${run.run}`)}\n`);
  if (!served) cli.io.err("No server runs on the data folder: it takes effect when one does (`qmoi up`).\n");
};

const transition = (cli: Cli, text: CommandText, apply: Apply, waits: boolean): Command => {
  const command = newCommand(text).option("--reason <text>", "why, for the record");
  if (waits) command.option("--wait", "follow the run to its end; without a server it runs here");
  return command.action((given: string, options: TransitionOptions) =>
    withConnection(cli, options, options.wait ? "work" : "ask", async (connection) => {
      const { client } = connection;
      const run = await apply(client, await resolveRun(client, given), options.reason);
      if (!options.wait) return report(cli, connection, run, options.json === true);
      const detail = await watchRun(cli, client, run.run, { json: options.json === true });
      if (options.json) printJson(cli.io, detail);
      if (detail.state !== "succeeded") throw new FailedWork();
    }),
  );
};

export const transitionCommands = (cli: Cli): Command[] => [
  transition(
    cli,
    {
      usage: "cancel <run>",
      summary: "cancel a run: nothing new begins, what runs is aborted",
      examples: [["qmoi cancel latest --reason 'wrong day'", "cancel the newest run"]],
    },
    (client, run, reason) => client.cancel(run, reason),
    false,
  ),
  transition(
    cli,
    {
      usage: "pause <run>",
      summary: "pause a run: nothing new begins, what runs may finish",
      examples: [["qmoi pause 3f2a", "pause the run whose id begins so"]],
    },
    (client, run, reason) => client.pause(run, reason),
    false,
  ),
  transition(
    cli,
    { usage: "resume <run>", summary: "let a paused run go on", examples: [["qmoi resume 3f2a", "let it go on"]] },
    (client, run, reason) => client.resume(run, reason),
    true,
  ),
  transition(
    cli,
    {
      usage: "redrive <run>",
      summary: "run again what failed, was skipped for it, or was cancelled; what succeeded stays",
      examples: [["qmoi redrive latest --wait", "repair the newest run and watch it"]],
    },
    (client, run, reason) => client.redrive(run, reason),
    true,
  ),
];

export const settleCommand = (cli: Cli): Command =>
  newCommand({
    usage: "settle <run> <task>",
    summary: "decide a held task, whose effect may happen only once and whose outcome is unknown",
    examples: [
      ["qmoi settle latest charge succeeded", "it did happen: go on"],
      ["qmoi settle latest charge retry", "it did not happen: try again"],
    ],
  })
    .addArgument(new Argument("<outcome>", "what became of it").choices(["succeeded", "failed", "retry"]))
    .option("--reason <text>", "why, for the record")
    .action((given: string, task: string, outcome: "succeeded" | "failed" | "retry", options: TransitionOptions) =>
      withConnection(cli, options, "ask", async (connection) => {
        const { client } = connection;
        report(cli, connection, await client.settle(await resolveRun(client, given), task, outcome, options.reason), options.json === true);
      }),
    );
