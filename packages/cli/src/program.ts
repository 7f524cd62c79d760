import { Command } from "commander";
import { aimed } from "./aim.ts";
import type { Cli } from "./cli.ts";
import { EXIT, exitCodeOf, Interrupted, reportError, usageError } from "./errors.ts";
import { VERSION } from "./version.ts";

/** A file that gives commands. Few are read a time: reading all takes longer than what most commands do. */
interface Source {
  readonly names: readonly string[];
  readonly read: (cli: Cli, program: Command) => Promise<readonly Command[]>;
}

const from = (names: string, read: Source["read"]): Source => ({ names: names.split(" "), read });

const GROUPS: readonly (readonly [heading: string, sources: readonly Source[]])[] = [
  [
    "Run:",
    [
      from("up", async (cli) => [(await import("./commands/up.ts")).upCommand(cli)]),
      from("start", async (cli) => [(await import("./commands/start.ts")).startCommand(cli)]),
      from("run", async (cli) => [(await import("./commands/run.ts")).runCommand(cli)]),
      from("validate", async (cli) => [(await import("./commands/validate.ts")).validateCommand(cli)]),
      from("import", async (cli) => [(await import("./commands/import.ts")).importCommand(cli)]),
    ],
  ],
  [
    "Look:",
    [
      from("runs", async (cli) => [(await import("./commands/runs.ts")).runsCommand(cli)]),
      from("tasks", async (cli) => [(await import("./commands/tasks.ts")).tasksCommand(cli)]),
      from("explain", async (cli) => [(await import("./commands/explain.ts")).explainCommand(cli)]),
      from("logs", async (cli) => [(await import("./commands/logs.ts")).logsCommand(cli)]),
      from("history", async (cli) => [(await import("./commands/history.ts")).historyCommand(cli)]),
      from("stats", async (cli) => [(await import("./commands/stats.ts")).statsCommand(cli)]),
      from("dead-letters", async (cli) => [(await import("./commands/dead-letters.ts")).deadLettersCommand(cli)]),
      from("forecast", async (cli) => [(await import("./commands/forecast.ts")).forecastCommand(cli)]),
      from("schedules", async (cli) => [(await import("./commands/schedules.ts")).schedulesCommand(cli)]),
    ],
  ],
  [
    "Steer:",
    [
      from("cancel pause resume redrive settle", async (cli) => {
        const { settleCommand, transitionCommands } = await import("./commands/transitions.ts");
        return [...transitionCommands(cli), settleCommand(cli)];
      }),
    ],
  ],
  [
    "Command:",
    [
      from("command", async (cli) => [(await import("./commands/command/index.ts")).commandCommand(cli)]),
      from("config", async (cli) => [(await import("./commands/config.ts")).configCommand(cli)]),
      from("provider", async (cli) => [(await import("./commands/provider.ts")).providerCommand(cli)]),
      from("backup", async (cli) => [(await import("./commands/backup.ts")).backupCommand(cli)]),
    ],
  ],
  [
    "Workflows:",
    [
      from("workflows versions diff", async (cli) => {
        const { diffCommand, versionsCommand, workflowsCommand } = await import("./commands/workflows.ts");
        return [workflowsCommand(cli), versionsCommand(cli), diffCommand(cli)];
      }),
    ],
  ],
  [
    "Access:",
    [
      from("keys", async (cli) => [(await import("./commands/keys.ts")).keysCommand(cli)]),
      from("audit", async (cli) => [(await import("./commands/audit.ts")).auditCommand(cli)]),
    ],
  ],
  [
    "This machine:",
    [
      from("doctor", async (cli) => [(await import("./commands/doctor.ts")).doctorCommand(cli)]),
      from("cost", async (cli) => [(await import("./commands/cost.ts")).costCommand(cli)]),
      from("simulate", async (cli) => [(await import("./commands/simulate.ts")).simulateCommand(cli)]),
      from("completion", async (cli, program) => [(await import("./commands/completion.ts")).completionCommand(cli, () => program)]),
    ],
  ],
];

/** Which sources a command line may mean: those of every word in it, all where its first word is none, or asks for all. */
const chosen = (argv: readonly string[]): ((source: Source) => boolean) => {
  const means = ({ names }: Source): boolean => names.some((name) => argv.includes(name));
  const first = argv.find((word) => !word.startsWith("-"));
  const known = first !== "completion" && GROUPS.some(([, sources]) => sources.some(({ names }) => names.includes(first ?? "")));
  return known || argv.some((word) => word === "--version" || word === "-V") ? means : () => true;
};

const AFTER = `
Start here:
  $ qmoi up                     serve in this terminal; then, in another:
  $ qmoi run workflow.json      run a workflow with live progress
  $ qmoi runs                   what ran, and how it ended
  $ qmoi explain latest <task>  why a task waits or failed

Environment: QMOI_URL (or --url, --stage) and QMOI_API_KEY name another server; NO_COLOR turns colours off.
Exit codes: 0 done, 1 failed work, 2 usage, 3 not reachable.
`;

/** As much of the command line as these words need. Errors of usage are thrown, never ended by commander. */
const createProgram = async (cli: Cli, argv: readonly string[]): Promise<Command> => {
  const program = new Command("qmoi");
  program
    .description("QMOI runs workflows: dependencies, schedules, retries, limits, history. Each command has --help with examples.")
    .version(VERSION, "-V, --version", "print the version")
    .option("--json", "print JSON for programs")
    .option("--data <dir>", "data folder (default: .qmoi)")
    .option("--url <url>", "another server; QMOI_API_KEY holds its key")
    .option("--stage <name>", "a stage in AWS, whose address is read with your AWS rights; QMOI_API_KEY holds its key")
    .addHelpText("after", AFTER)
    .enablePositionalOptions()
    .hook("preAction", async (_, command) => {
      shareOptions(program, command);
      // Who makes a stage's first key has none yet to call it with.
      if (command.name() !== "bootstrap") cli.io.env = await aimed(cli.io.env, command.opts());
    });
  const wanted = chosen(argv);
  for (const [heading, sources] of GROUPS) {
    const read = await Promise.all(sources.filter(wanted).map((source) => source.read(cli, program)));
    if (read.length > 0) program.commandsGroup(heading);
    for (const command of read.flat()) program.addCommand(command.helpGroup(heading));
  }
  for (const command of allCommands(program)) configure(cli, command);
  return program;
};

const isAbort = (error: unknown): boolean => error instanceof Error && error.name === "AbortError";

/** Runs a command line to its end, tells errors, and resolves with the exit code. */
export const execute = async (argv: readonly string[], cli: Cli): Promise<number> => {
  try {
    const program = await createProgram(cli, argv);
    await program.parseAsync(argv.length === 0 ? ["--help"] : argv, { from: "user" });
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
