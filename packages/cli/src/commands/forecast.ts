import { Command } from "commander";
import type { Cli } from "../cli.ts";
import { evaluateCommand } from "../forecast/evaluate.ts";
import { explainForecastCommand } from "../forecast/explain.ts";
import { orderCommand } from "../forecast/order.ts";
import { profilesCommand } from "../forecast/profiles.ts";
import { recommendCommand } from "../forecast/recommend.ts";
import { showCommand } from "../forecast/show.ts";
import { trainCommand } from "../forecast/train.ts";

export const forecastCommand = (cli: Cli): Command =>
  new Command("forecast")
    .summary("learn run times, show forecasts, test them on your own data; the order of work and what would finish it earlier")
    .description("Learn run times and memory from history, show forecasts and how they came about, and test them on your own data.")
    .addCommand(trainCommand(cli))
    .addCommand(showCommand(cli))
    .addCommand(explainForecastCommand(cli))
    .addCommand(evaluateCommand(cli))
    .addCommand(profilesCommand(cli))
    .addCommand(orderCommand(cli))
    .addCommand(recommendCommand(cli));
