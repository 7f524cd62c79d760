import type { Explanation } from "@qmoi/client";
import type { Command } from "commander";
import { type Cli, type CommonOptions, newCommand, printJson } from "../cli.ts";
import { withConnection } from "../connection.ts";
import { forecastText, secondsText } from "../forecast/forecast-text.ts";
import { bytes, duration, localTime, oneLine, relative } from "../format.ts";
import type { Io } from "../io.ts";
import { resolveRun } from "../run-ids.ts";
import { stateText } from "../states.ts";

export const explainCommand = (cli: Cli): Command =>
  newCommand({
    usage: "explain <run> <task>",
    summary: "say why a task is where it is, and since when",
    details:
      "What it waits for (other tasks, a full pool and who fills it, a rate, a time, a pause), and each attempt with its times and failure.",
    examples: [["qmoi explain latest load", "why `load` of the newest run has not started, or how it ended"]],
  }).action((run: string, task: string, options: CommonOptions) =>
    withConnection(cli, options, "ask", async ({ client }) => {
      const found = await client.explain(await resolveRun(client, run), task);
      if (options.json) printJson(cli.io, found);
      else cli.io.out(text(cli.io, found, Date.now()));
    }),
  );

const text = ({ style }: Io, { task, state, since, reasons, attempts, forecast }: Explanation, now: number): string => {
  const why = reasons.map(({ kind, text, by, until }) => {
    const who =
      by && by.length > 0
        ? `\n      ${style.dim("by")} ${by.slice(0, 8).join(", ")}${by.length > 8 ? `, and ${by.length - 8} more` : ""}`
        : "";
    const when = until ? `\n      ${style.dim("until")} ${localTime(until)} ${style.dim(`(${relative(until, now)})`)}` : "";
    return `  ${style.cyan(kind)}: ${text}${who}${when}\n`;
  });
  const tries = attempts.map((a) => {
    const ran = duration((a.endedAt ? Date.parse(a.endedAt) : now) - Date.parse(a.startedAt));
    const use = a.use
      ? [
          a.use.cpuSeconds === undefined ? "" : `${a.use.cpuSeconds.toFixed(2)} cpu s`,
          a.use.peakMemoryBytes === undefined ? "" : bytes(a.use.peakMemoryBytes),
        ]
      : [];
    const failure = a.failure ? `\n      ${style.red(oneLine(`${a.failure.code}: ${a.failure.message}`, 300))}` : "";
    const facts = [`waited ${duration(a.queueDelay)}`, `ran ${ran}`, ...use.filter((part) => part !== ""), a.worker];
    return `  ${a.attempt}. ${stateText(style, a.state)}  ${localTime(a.startedAt)}  ${style.dim(facts.join(", "))}${failure}\n`;
  });
  const head = `${stateText(style, state)}  ${style.bold(task)}  ${style.dim(`since ${localTime(since)} (${relative(since, now)})`)}\n`;
  const expected = forecast
    ? `  ${style.cyan("forecast")}: ${forecastText(forecast.seconds, secondsText)}\n${forecast.memory ? `  ${style.cyan("memory")}: ${forecastText(forecast.memory, bytes)}\n` : ""}`
    : "";
  return `${head}${why.join("")}${expected}${tries.length > 0 ? `\nattempts\n${tries.join("")}` : ""}`;
};
