import type { HeldBackScore, Training } from "@qmoi/client";
import type { Command } from "commander";
import { type Cli, type CommonOptions, newCommand, printJson } from "../cli.ts";
import { withConnection } from "../connection.ts";
import { plural } from "../format.ts";
import { percent } from "./forecast-text.ts";

interface TrainOptions extends CommonOptions {
  readonly ifDue?: boolean;
}

export const trainCommand = (cli: Cli): Command =>
  newCommand({
    usage: "train",
    summary: "learn from the history now",
    details:
      "The latest fifth of the history is held back; what was learned from the rest is put in force only if it forecasts that part better than\n" +
      "what is in force. A server does so by itself, on the schedule of the module intelligent-scheduler.",
    examples: [
      ["qmoi forecast train", "learn now"],
      ["qmoi forecast train --if-due", "only if enough has ended since, as the schedule does"],
    ],
  })
    .option("--if-due", "only if enough has ended since the last training, or forecasts no longer fit")
    .action((options: TrainOptions) =>
      withConnection(cli, options, "ask", async ({ client }) => {
        const training = await client.trainForecasts(options.ifDue ? {} : { force: true });
        if (options.json) printJson(cli.io, training);
        else cli.io.out(text(training));
      }),
    );

const scoreText = ({ loss, coverage, mdape }: HeldBackScore): string =>
  `loss ${loss === null ? "-" : loss.toFixed(4)}, ${percent(coverage)} inside the 90% interval, typically off by ${percent(mdape)}`;

const text = ({ result, says, score, current, trained, heldBack }: Training): string => {
  const lines = [`${result}: ${says}`];
  if (score) {
    lines.push(`learned from ${plural(trained, "record")}, judged by ${heldBack} held back`, `  new       ${scoreText(score)}`);
    if (current) lines.push(`  in force  ${scoreText(current)}`);
  }
  return `${lines.join("\n")}\n`;
};
