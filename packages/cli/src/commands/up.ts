import type { Command } from "commander";
import { type Cli, newCommand } from "../cli.ts";
import { portOption, type ServeOptions, serve, verboseOption } from "../serve.ts";

export const upCommand = (cli: Cli): Command =>
  newCommand({
    usage: "up",
    summary: "serve the data folder: engine, schedules, HTTP API and console",
    details:
      "One process, on 127.0.0.1 only, with a token that lies in the data folder. What was running when a server was killed goes on.\nWith --json one object (url, console, data, pid) once it answers.",
    examples: [
      ["qmoi up", "data in .qmoi/, port 4600"],
      ["qmoi up --data /var/lib/qmoi --port 8080", "elsewhere"],
    ],
  })
    .option(...portOption)
    .option(...verboseOption)
    .action((options: ServeOptions) => serve(cli, options));
