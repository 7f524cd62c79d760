import type { TaskProfile } from "@qmoi/client";
import type { Command } from "commander";
import { type Cli, newCommand, printJson } from "../cli.ts";
import { withConnection } from "../connection.ts";
import { bytes, shortName, table } from "../format.ts";
import type { Io } from "../io.ts";
import { type ListOptions, limitOption, listed } from "../options.ts";
import { percent, secondsText } from "./forecast-text.ts";

const HEAD = [
  "type",
  "tasks",
  "of work",
  "median",
  "p90",
  "waits",
  "cpu",
  "memory",
  "varies",
  "trend/day",
  "best hour",
  "fails",
  "lost/day",
];

export const profilesCommand = (cli: Cli): Command =>
  newCommand({
    usage: "profiles",
    summary: "show what the last week tells of each type of task",
    details:
      "`of work` is the share of all slot time; `waits` the median from ready to started; `varies` p90 over p10 of the run time; `trend` how much\n" +
      "longer or shorter each day, if it is no chance; `best hour` (UTC) in which it takes clearly less; `lost` the slot time of failed tries.",
    examples: [
      ["qmoi forecast profiles", "all types, those that take most of the slots first"],
      ["qmoi forecast profiles --json", "the same with all figures, for a program"],
    ],
  })
    .option(...limitOption)
    .action((options: ListOptions) =>
      withConnection(cli, options, "ask", async ({ client }) => {
        const { items, more } = await listed<TaskProfile>(options, (query) => client.taskProfiles(query));
        if (options.json) return printJson(cli.io, { items });
        cli.io.out(items.length > 0 ? text(cli.io, items) : "Nothing has ended in the last week.\n");
        if (more) cli.io.err(cli.io.style.dim("there are more: --limit\n"));
      }),
    );

const seconds = (value: number | null): string => (value === null ? "-" : secondsText(value));

const text = ({ style, columns }: Io, profiles: readonly TaskProfile[]): string =>
  table(
    style,
    HEAD.map((title) => ({ title, right: title !== "type" })),
    profiles.map(({ type, tasks, characteristics, seconds: took, waited, variability, trend, bestHour, failures }) => [
      shortName(type, Math.max(12, columns - 110)),
      String(tasks),
      percent(characteristics.shareOfWork),
      seconds(took.median),
      seconds(took.p90),
      secondsText(waited.median),
      percent(characteristics.cpuShare),
      characteristics.peakMemoryBytes === null ? "-" : bytes(characteristics.peakMemoryBytes),
      variability.ratio === null ? "-" : `${variability.ratio.toFixed(1)}×`,
      !trend || trend.direction === "steady" ? "steady" : `${trend.perDay > 0 ? "+" : ""}${(100 * trend.perDay).toFixed(1)}%`,
      bestHour ? `${bestHour.hour}h -${percent(bestHour.saves)}` : "-",
      failures ? style.yellow(percent(failures.rate)) : "-",
      failures ? secondsText(failures.lostSecondsPerDay) : "-",
    ]),
  );
