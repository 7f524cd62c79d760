import type { AttemptState } from "@qmoi/client";
import { type Command, Option } from "commander";
import { type Cli, newCommand, printJson } from "../cli.ts";
import { withConnection } from "../connection.ts";
import { duration, localTime, oneLine, shortRun, table } from "../format.ts";
import { given, type ListOptions, limitOption, listed } from "../options.ts";
import { resolveRun } from "../run-ids.ts";
import { stateText } from "../states.ts";

interface HistoryOptions extends ListOptions {
  readonly workflow?: string;
  readonly type?: string;
  readonly run?: string;
  readonly state?: AttemptState;
}

export const historyCommand = (cli: Cli): Command =>
  newCommand({
    usage: "history",
    summary: "list attempts of tasks, newest first",
    examples: [
      ["qmoi history --state failed", "the latest that failed"],
      ["qmoi history --run latest --json", "every attempt of the newest run, for a program"],
    ],
  })
    .option("--workflow <name>", "only of this workflow")
    .option("--type <type>", "only of this task type")
    .option("--run <run>", "only of this run")
    .addOption(new Option("--state <state>", "only in this state").choices(["running", "succeeded", "failed", "cancelled", "void"]))
    .option(...limitOption)
    .action((options: HistoryOptions) =>
      withConnection(cli, options, "ask", async ({ client }) => {
        const run = options.run === undefined ? undefined : await resolveRun(client, options.run);
        const { workflow, type, state } = options;
        const { items, more } = await listed(options, (query) => client.history(given({ ...query, workflow, type, run, state })));
        if (options.json) return printJson(cli.io, items);
        const { style } = cli.io;
        const rows = items.map((a) => [
          localTime(a.startedAt),
          shortRun(a.run),
          a.workflow,
          oneLine(a.task, 40),
          String(a.attempt),
          stateText(style, a.state),
          duration(a.queueDelay + a.startDelay),
          a.endedAt ? duration(Date.parse(a.endedAt) - Date.parse(a.startedAt)) : "",
          a.failure ? oneLine(a.failure.code, 30) : "",
        ]);
        const titles = ["started", "run", "workflow", "task", "attempt", "state", "waited", "ran", "failure"];
        cli.io.out(
          table(
            style,
            titles.map((title) => ({ title })),
            rows,
          ),
        );
        if (more) cli.io.err(style.dim("there are more: --limit\n"));
      }),
    );
