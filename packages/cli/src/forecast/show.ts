import type { ForecasterInForce, ForecastType } from "@qmoi/client";
import type { Command } from "commander";
import { type Cli, newCommand, printJson } from "../cli.ts";
import { withConnection } from "../connection.ts";
import { localTime, shortName, table } from "../format.ts";
import type { Io } from "../io.ts";
import { type ListOptions, limitOption, listed } from "../options.ts";
import { percent, secondsText } from "./forecast-text.ts";

const HEAD = ["type", "seen", "expect", "90% interval", "off by", "level", "method", "inside", "width", "state"];

export const showCommand = (cli: Cli): Command =>
  newCommand({
    usage: "show",
    summary: "show the forecaster in force and what it knows of each type of task",
    details:
      "`inside` is the share of the latest run times inside their intervals, which is to be 90%; `width` that of the interval relative to the\n" +
      "middle 90% of what was seen: below 1, size or other features explain a part. Widths under ten percent count as ten, since what differs less\n" +
      "differs for nobody.",
    examples: [
      ["qmoi forecast show", "model and types"],
      ["qmoi forecast show --json", "all types, for a program"],
    ],
  })
    .option(...limitOption)
    .action((options: ListOptions) =>
      withConnection(cli, options, "ask", async ({ client }) => {
        const forecaster = await client.forecaster();
        const { items, more } = forecaster.model
          ? await listed<ForecastType>(options, (query) => client.forecastTypes(query))
          : { items: [], more: false };
        if (options.json) return printJson(cli.io, { ...forecaster, items });
        cli.io.out(modelText(forecaster));
        if (items.length > 0) cli.io.out(`\n${typesText(cli.io, items)}`);
        if (more) cli.io.err(cli.io.style.dim("there are more: --limit\n"));
      }),
    );

const modelText = ({ model, coverage, due, types }: ForecasterInForce): string => {
  if (!model) return "Nothing was learned yet. Let some runs end, then `qmoi forecast train`.\n";
  const { number, trainedAt, engine, records, heldBack, score, before } = model;
  const than = before ? `; what was in force before had ${before.loss === null ? "none" : before.loss.toFixed(4)}` : "";
  return [
    `forecaster ${number} of ${localTime(trainedAt)} (${engine}): ${records} records, ${types} types`,
    `on ${heldBack} held back: loss ${score.loss === null ? "-" : score.loss.toFixed(4)}${than}; ${percent(score.coverage)} inside the 90% interval, typically off by ${percent(score.mdape)}`,
    `since: ${coverage === null ? "nothing has ended" : `${percent(coverage)} inside the 90% interval`}${due ? `; a training is due: ${due}` : ""}`,
    "",
  ].join("\n");
};

const typesText = ({ style, columns }: Io, types: readonly ForecastType[]): string =>
  table(
    style,
    HEAD.map((title) => ({ title, right: title !== "type" })),
    types.map(({ type, observations, seconds, coverage, relativeWidth }) => [
      shortName(type, Math.max(12, columns - 84)),
      String(observations),
      secondsText(seconds.point),
      `${secondsText(seconds.lo)}-${secondsText(seconds.hi)}`,
      `${Math.round(100 * seconds.backtestError)}%`,
      seconds.level,
      seconds.method,
      percent(coverage),
      relativeWidth === null ? "-" : relativeWidth.toFixed(2),
      seconds.state === "steady" ? seconds.state : style.yellow(seconds.state),
    ]),
  );
