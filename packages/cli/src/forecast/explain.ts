import type { ForecastExplanation, KnownSubject, TaskForecast } from "@qmoi/client";
import type { Command } from "commander";
import { type Cli, type CommonOptions, newCommand, printJson } from "../cli.ts";
import { withConnection } from "../connection.ts";
import { bytes } from "../format.ts";
import type { Io } from "../io.ts";
import { forecastText, percent, secondsText } from "./forecast-text.ts";

const FEATURES = 6;

export const explainForecastCommand = (cli: Cli): Command =>
  newCommand({
    usage: "explain <task>",
    summary: "say how the forecasts of a task come about",
    details: "The task as workflow/task, its name in any workflow, or a type that `qmoi forecast show` lists.",
    examples: [
      ["qmoi forecast explain etl/load", "run time and memory of `load`, and what the engine makes of them"],
      ["qmoi forecast explain resize --json", "of a type of task, for a program"],
    ],
  }).action((task: string, options: CommonOptions) =>
    withConnection(cli, options, "ask", async ({ client }) => {
      const found = await client.explainForecast(task);
      if (options.json) printJson(cli.io, found);
      else cli.io.out(text(cli.io, found));
    }),
  );

const text = ({ style }: Io, { workflow, task, type, seconds, memory, instances, timeoutSeconds, reservedBytes }: TaskForecast): string => {
  const name = task === null ? type : `${workflow}/${task}`;
  const kind = type === name ? "" : style.dim(`  of type ${type}`);
  const many = instances === null ? "" : `\ninstances\n  ${instancesText(instances)}\n`;
  const uses = [
    timeoutSeconds === null ? "" : `  timeout, if none is declared: ${secondsText(timeoutSeconds)}\n`,
    reservedBytes === null ? "" : `  memory reserved: ${bytes(reservedBytes)}\n`,
  ].join("");
  return `${style.bold(name)}${kind}\n\nrun time\n${part(seconds, secondsText)}${memory ? `\nmemory\n${part(memory, bytes)}` : ""}${many}${uses ? `\nused for\n${uses}` : ""}`;
};

/** `6 (3 to 12, 90%; by its latest 14 runs)` */
const instancesText = ({ point, lo, hi, runs }: NonNullable<TaskForecast["instances"]>): string =>
  `${Math.round(point)} (${Math.round(lo)} to ${Math.round(hi)}, 90%; by ${runs === 1 ? "its latest run" : `its latest ${runs} runs`})`;

/** What of the forecast follows from what the task works on; on which subjects its type takes longest where that is not known. */
const subjectText = ({ subject, longest }: ForecastExplanation): string => {
  if (subject) return `  by what it works on ${timesText(subject)} others of its type\n`;
  return longest.map((known) => `  ${known.subject}: ${timesText(known)} others\n`).join("");
};

/** `3.2 times as much (by 5 runs) as` */
const timesText = ({ factor, runs }: KnownSubject): string =>
  `${factor.toPrecision(2)} times as much (by ${runs === 1 ? "one run" : `${runs} runs`}) as`;

const part = (explanation: ForecastExplanation, show: (value: number) => string): string => {
  const { forecast, candidates, importance } = explanation;
  const methods = candidates.map(
    ({ method, point, backtestError, share }) =>
      `  ${percent(share).padStart(4)} ${method.padEnd(7)} ${show(point)}, typically off by ${Math.round(100 * backtestError)}%\n`,
  );
  const features = importance.filter(({ share }) => share >= 0.01).slice(0, FEATURES);
  const learned =
    features.length > 0
      ? `  the forest goes by ${features.map(({ feature, share }) => `${feature} ${Math.round(100 * share)}%`).join(", ")}\n`
      : "";
  return `  ${forecastText(forecast, show)}\n  from ${forecast.observations} observations, mostly by ${forecast.method}; below ${show(forecast.p90)} nine times in ten\n${methods.join("")}${subjectText(explanation)}${learned}`;
};
