import { type Command, InvalidArgumentError } from "commander";
import { type Cli, newCommand, printJson } from "../cli.ts";
import { withConnection } from "../connection.ts";
import { localTime, oneLine, shortRun, table } from "../format.ts";
import { given, type ListOptions, limitOption, listed } from "../options.ts";

interface DeadLettersOptions extends ListOptions {
  readonly day?: string;
}

const day = (value: string): string => {
  if (!/^\d{4}-\d\d-\d\d$/.test(value)) throw new InvalidArgumentError("It must be a date such as 2026-01-31.");
  return value;
};

export const deadLettersCommand = (cli: Cli): Command =>
  newCommand({
    usage: "dead-letters",
    summary: "list tasks that failed for good, with the cause, newest first",
    examples: [["qmoi dead-letters --day 2026-01-31", "those of one day (UTC)"]],
  })
    .option("--day <yyyy-mm-dd>", "only of this day (UTC)", day)
    .option(...limitOption)
    .action((options: DeadLettersOptions) =>
      withConnection(cli, options, "ask", async ({ client }) => {
        const { items, more } = await listed(options, (query) => client.deadLetters(given({ ...query, day: options.day })));
        if (options.json) return printJson(cli.io, items);
        if (items.length === 0) return cli.io.err("No dead letters.\n");
        const rows = items.map((d) => [
          localTime(d.at),
          shortRun(d.run),
          d.workflow,
          d.task,
          String(d.attempt),
          oneLine(`${d.failure.code}: ${d.failure.message}`, 80),
        ]);
        cli.io.out(
          table(
            cli.io.style,
            ["at", "run", "workflow", "task", "attempt", "cause"].map((title) => ({ title })),
            rows,
          ),
        );
        if (more) cli.io.err(cli.io.style.dim("there are more: --limit\n"));
      }),
    );
