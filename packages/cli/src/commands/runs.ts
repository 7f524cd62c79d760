import type { RunState } from "@qmoi/client";
import { type Command, Option } from "commander";
import { type Cli, newCommand, printJson } from "../cli.ts";
import { withConnection } from "../connection.ts";
import { arrivalText } from "../forecast/forecast-text.ts";
import { duration, localTime, shortRun, table } from "../format.ts";
import { given, type ListOptions, limitOption, listed } from "../options.ts";
import { stateText } from "../states.ts";

interface RunsOptions extends ListOptions {
  readonly workflow?: string;
  readonly state?: RunState;
}

export const runsCommand = (cli: Cli): Command =>
  newCommand({
    usage: "runs",
    summary: "list runs, newest first",
    examples: [
      ["qmoi runs", "the latest 20"],
      ["qmoi runs --state failed --workflow etl", "those of one workflow that failed"],
      ["qmoi runs --json | jq -r '.[].run'", "all ids, for a program"],
    ],
  })
    .option("--workflow <name>", "only of this workflow")
    .addOption(
      new Option("--state <state>", "only in this state").choices(["running", "paused", "cancelling", "succeeded", "failed", "cancelled"]),
    )
    .option(...limitOption)
    .action((options: RunsOptions) =>
      withConnection(cli, options, "ask", async ({ client }) => {
        const { workflow, state } = options;
        const { items, more } = await listed(options, (query) => client.runs(given({ ...query, workflow, state })));
        if (options.json) return printJson(cli.io, items);
        if (items.length === 0) return cli.io.err("No runs. Start one with `qmoi run <workflow>`.\n");
        const { style } = cli.io;
        const ends = items.some(({ forecast }) => forecast !== null);
        const rows = items.map((run) => [
          shortRun(run.run),
          run.workflow,
          stateText(style, run.state),
          localTime(run.startedAt),
          duration((run.endedAt ? Date.parse(run.endedAt) : Date.now()) - Date.parse(run.startedAt)),
          String(run.total),
          run.schedule ?? "",
          ...(ends ? [arrivalText(style, run.forecast)] : []),
        ]);
        cli.io.out(
          table(
            style,
            ["run", "workflow", "state", "started", "took", "tasks", "schedule", ...(ends ? ["ends in"] : [])].map((title) => ({ title })),
            rows,
          ),
        );
        if (more) cli.io.err(style.dim(`there are more: --limit\n`));
      }),
    );
