import type { Schedule } from "@qmoi/client";
import type { Command } from "commander";
import { type Cli, newCommand, printJson } from "../cli.ts";
import { withConnection } from "../connection.ts";
import { localTime, relative, shortRun, table } from "../format.ts";
import { given, type ListOptions, limitOption, listed, wholeNumber } from "../options.ts";

interface SchedulesOptions extends ListOptions {
  readonly workflow?: string;
  readonly next?: number;
}

export const schedulesCommand = (cli: Cli): Command =>
  newCommand({
    usage: "schedules",
    summary: "list schedules with their next times",
    examples: [
      ["qmoi schedules", "the next time of each"],
      ["qmoi schedules --workflow etl --next 5", "the next five of one workflow"],
    ],
  })
    .option("--workflow <name>", "only of this workflow")
    .option("--next <n>", "how many next times", wholeNumber(1, 100))
    .option(...limitOption)
    .action((options: SchedulesOptions) =>
      withConnection(cli, options, "ask", async ({ client }) => {
        const { workflow, next } = options;
        const { items } = await listed(options, (query) => client.schedules(given({ ...query, workflow, next })));
        if (options.json) return printJson(cli.io, items);
        if (items.length === 0) return cli.io.err("No schedules. A workflow has them under `schedules`.\n");
        const now = Date.now();
        const rows = items.map((s) => [
          `${s.workflow}/${s.schedule}`,
          s.expression,
          s.timezone,
          s.enabled ? nextText(s, now) : "off",
          lastText(s),
        ]);
        cli.io.out(
          table(
            cli.io.style,
            ["schedule", "expression", "time zone", "next", "last"].map((title) => ({ title })),
            rows,
          ),
        );
      }),
    );

const nextText = ({ next }: Schedule, now: number): string =>
  next.length === 0 ? "never again" : next.map((time, i) => `${localTime(time)}${i === 0 ? ` (${relative(time, now)})` : ""}`).join("\n");

const lastText = ({ last }: Schedule): string => {
  if (!last) return "";
  return `${localTime(last.nominal)} ${last.decision}${last.run ? ` ${shortRun(last.run)}` : ""}${last.reason ? `: ${last.reason}` : ""}`;
};
