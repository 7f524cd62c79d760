import type { StandingOrder } from "@qmoi/client";
import type { Command } from "commander";
import { type Cli, type CommonOptions, newCommand, printJson } from "../cli.ts";
import { withConnection } from "../connection.ts";
import { plural } from "../format.ts";
import type { Io } from "../io.ts";
import { arrivalText } from "./forecast-text.ts";

export const orderCommand = (cli: Cli): Command =>
  newCommand({
    usage: "order",
    summary: "show the order in which waiting work starts, and why",
    details:
      "Of each pool the runs that have something to start there, in their order, each with its score and what that is made of. The policy is\n" +
      "chosen in algorithm_optimization.json; while forecasts fail, workflow-fifo stands in for it.",
    examples: [
      ["qmoi forecast order", "policy, pools, runs"],
      ["qmoi forecast order --json", "the same for a program"],
    ],
  }).action((options: CommonOptions) =>
    withConnection(cli, options, "ask", async ({ client }) => {
      const order = await client.order();
      if (options.json) printJson(cli.io, order);
      else cli.io.out(text(cli.io, order));
    }),
  );

const text = ({ style }: Io, { policy, configured, says, standing, pools }: StandingOrder): string => {
  const accuracy =
    standing.accuracy === null
      ? "no two runs to tell apart yet"
      : `${Math.round(100 * standing.accuracy)}% of ${plural(standing.pairs, "pair")} of runs in the right order of size`;
  const lines = [policy === configured ? says : style.yellow(says), style.dim(`forecasts: ${accuracy}`)];
  if (pools.length === 0) lines.push("Nothing waits.");
  for (const { pool, slots, waiting, runs } of pools) {
    lines.push("", style.bold(`${pool}: ${plural(waiting, "run")} for ${plural(slots, "slot")}`));
    for (const [place, { run, workflow, task, score, formula, parts, taskOrder, forecast }] of runs.entries()) {
      const arrival = arrivalText(style, forecast);
      lines.push(`  ${place + 1}. ${workflow} ${run}, next ${task}  ${style.dim(`score ${score.toPrecision(4)} = ${formula}`)}`);
      for (const part of parts) lines.push(`     ${part.name} ${Number(part.value.toPrecision(4))}: ${part.says}`);
      if (taskOrder !== null) lines.push(`     tasks: ${taskOrder}`);
      if (arrival !== "") lines.push(`     ends in ${arrival}`);
    }
    if (waiting > runs.length) lines.push(style.dim(`  … and ${waiting - runs.length} more`));
  }
  return `${lines.join("\n")}\n`;
};
