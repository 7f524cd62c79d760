import { Command } from "commander";
import type { Cli } from "./cli.ts";
import { auditCommand } from "./commands/audit.ts";
import { backupCommand } from "./commands/backup.ts";
import { commandCommand } from "./commands/command/index.ts";
import { completionCommand } from "./commands/completion.ts";
import { configCommand } from "./commands/config.ts";
import { deadLettersCommand } from "./commands/dead-letters.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { explainCommand } from "./commands/explain.ts";
import { forecastCommand } from "./commands/forecast.ts";
import { historyCommand } from "./commands/history.ts";
import { importCommand } from "./commands/import.ts";
import { keysCommand } from "./commands/keys.ts";
import { logsCommand } from "./commands/logs.ts";
import { runCommand } from "./commands/run.ts";
import { runsCommand } from "./commands/runs.ts";
import { schedulesCommand } from "./commands/schedules.ts";
import { simulateCommand } from "./commands/simulate.ts";
import { startCommand } from "./commands/start.ts";
import { statsCommand } from "./commands/stats.ts";
import { tasksCommand } from "./commands/tasks.ts";
import { settleCommand, transitionCommands } from "./commands/transitions.ts";
import { upCommand } from "./commands/up.ts";
import { validateCommand } from "./commands/validate.ts";
import { diffCommand, versionsCommand, workflowsCommand } from "./commands/workflows.ts";
import { EXIT, exitCodeOf, Interrupted, reportError, usageError } from "./errors.ts";
import { VERSION } from "./version.ts";

const groups = (cli: Cli, program: Command): readonly (readonly [heading: string, commands: readonly Command[]])[] => [
  ["Run:", [upCommand(cli), startCommand(cli), runCommand(cli), validateCommand(cli), importCommand(cli)]],
  [
    "Look:",
    [
      runsCommand(cli),
      tasksCommand(cli),
      explainCommand(cli),
      logsCommand(cli),
      historyCommand(cli),
      statsCommand(cli),
      deadLettersCommand(cli),
      forecastCommand(cli),
      schedulesCommand(cli),
    ],
  ],
  ["Steer:", [...transitionCommands(cli), settleCommand(cli)]],
  ["Command:", [commandCommand(cli), configCommand(cli), backupCommand(cli)]],
  ["Workflows:", [workflowsCommand(cli), versionsCommand(cli), diffCommand(cli)]],
  ["Access:", [keysCommand(cli), auditCommand(cli)]],
  ["This machine:", [doctorCommand(cli), simulateCommand(cli), completionCommand(cli, () => program)]],
];

const AFTER = `
Start here:
  $ qmoi up                     serve in this terminal; then, in another:
  $ qmoi run workflow.json      run a workflow with live progress
  $ qmoi runs                   what ran, and how it ended
  $ qmoi explain latest <task>  why a task waits or failed

Environment: QMOI_URL and QMOI_API_KEY name another server; NO_COLOR turns colours off.
Exit codes: 0 done, 1 failed work, 2 usage, 3 not reachable.
`;

/** The whole command line. Errors of usage are thrown, never ended by commander. */
export const createProgram = (cli: Cli): Command => {
  const program = new Command("qmoi");
  program
    .description("QMOI runs workflows: dependencies, schedules, retries, limits, history. Each command has --help with examples.")
    .version(VERSION, "-V, --version", "print the version")
    .option("--json", "print JSON for programs")
    .option("--data <dir>", "data folder (default: .qmoi)")
    .addHelpText("after", AFTER)
    .enablePositionalOptions()
    .hook("preAction", (_, command) => shareOptions(program, command));
  for (const [heading, commands] of groups(cli, program)) {
    program.commandsGroup(heading);
    for (const command of commands) program.addCommand(command.helpGroup(heading));
  }
  for (const command of allCommands(program)) configure(cli, command);
  return program;
};

const isAbort = (error: unknown): boolean => error instanceof Error && error.name === "AbortError";

/** Runs a command line to its end, tells errors, and resolves with the exit code. */
export const execute = async (argv: readonly string[], cli: Cli): Promise<number> => {
  try {
    await createProgram(cli).parseAsync(argv.length === 0 ? ["--help"] : argv, { from: "user" });
    return EXIT.done;
  } catch (error) {
    const told = isAbort(error) ? new Interrupted() : error;
    reportError(cli.io, told, argv.includes("--json"));
    return exitCodeOf(told);
  }
};

export const allCommands = (command: Command): Command[] => [command, ...command.commands.flatMap(allCommands)];

const pathOf = (command: Command): string => (command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name());

const configure = ({ io }: Cli, command: Command): void => {
  const { style } = io;
  command
    .exitOverride((error) => {
      throw usageError(error, pathOf(command));
    })
    .configureOutput({
      writeOut: io.out,
      // Errors are told by main, in one way; help after an incomplete command is told here.
      writeErr: (text) => {
        if (!text.startsWith("error:")) io.err(text);
      },
      getOutHelpWidth: () => Math.min(io.columns, 110),
      getOutHasColors: () => style.level > 0,
    })
    .configureHelp({
      sortSubcommands: false,
      subcommandTerm: (sub) =>
        [
          sub.name(),
          ...sub.registeredArguments.map((a) => (a.required ? `<${a.name()}${a.variadic ? "..." : ""}>` : `[${a.name()}]`)),
        ].join(" "),
      styleTitle: (text) => style.bold(text),
      styleCommandText: (text) => style.cyan(text),
      styleOptionText: (text) => style.cyan(text),
    })
    .helpOption("-h, --help", "show help")
    .showSuggestionAfterError();
};

/** `qmoi --json runs` means `qmoi runs --json`, and so for every command above one. */
const shareOptions = (program: Command, command: Command): void => {
  for (let above = command.parent; above; above = above === program ? null : above.parent)
    for (const [name, value] of Object.entries(above.opts()))
      if (command.getOptionValue(name) === undefined) command.setOptionValue(name, value);
};
