import { MODULES } from "@qmoi/config";
import type { CommandName } from "@qmoi/master-automation";
import { COMMANDS } from "@qmoi/master-automation/commands";
import { PARAMETERS } from "@qmoi/master-automation/parameters";
import { type Command, Option } from "commander";
import { type Cli, newCommand, printJson } from "../../cli.ts";
import { withConnection } from "../../connection.ts";
import { FailedWork } from "../../errors.ts";
import { localTime, oneLine, table } from "../../format.ts";
import { collect, type ListOptions, limitOption, listed, wholeNumber } from "../../options.ts";
import { type GiveOptions, give } from "./give.ts";
import { commandText, verificationText } from "./texts.ts";

/** What each parameter is on the command line. */
const OPTIONS: Readonly<Record<string, (command: Command) => Command>> = {
  backup: (command) => command.option("--no-backup", "make no backup first"),
  discard: (command) => command.option("--discard", "cancel what runs, rather than let it finish"),
  drain: (command) => command.option("--drain <seconds>", "how long to wait for what runs (default: 600)", wholeNumber(0, 86_400)),
  module: (command) => command.addOption(new Option("--module <name>", "the module").choices(MODULES).makeOptionMandatory()),
  modules: (command) => command.option("--module <name>", "only this module; repeat for more", collect),
};

const EXAMPLES: Readonly<Partial<Record<CommandName, readonly (readonly [string, string])[]>>> = {
  stop_all_modules: [["qmoi command stop_all_modules --reason 'new disk' --drain 60", "wait a minute for what runs"]],
  start_module: [["qmoi command start_module --module advanced-automation", "tasks may start again"]],
  stop_module: [["qmoi command stop_module --module advanced-automation", "no task starts any more"]],
  emergency_stop: [
    ["qmoi command emergency_stop --reason 'wrong data'", "nothing begins any more; what runs may finish"],
    ["qmoi command emergency_stop --discard --yes", "cancel what runs, too"],
  ],
  restore_system: [["qmoi command restore_system --backup <id> --yes", "preview, confirm and restore"]],
};

const giveCommand = (cli: Cli, name: CommandName): Command => {
  const { summary, priority } = COMMANDS[name];
  const command = newCommand({
    usage: name,
    summary,
    examples: [
      ...(EXAMPLES[name] ?? [[`qmoi command ${name}`, "and wait for its end"]]),
      [`qmoi command ${name} --preview`, "what it would do"],
    ],
  });
  const names = Object.keys(PARAMETERS[name].shape);
  for (const parameter of names) {
    if (name === "restore_system" && parameter === "backup")
      command.requiredOption("--backup <id>", "the backup; `qmoi backup list` shows them");
    else OPTIONS[parameter]?.(command);
  }
  return command
    .option("--reason <text>", "why, for the record")
    .option("--priority <1-10>", `place in the queue; 10 goes first (default: ${priority})`, wholeNumber(1, 10))
    .option("--key <text>", "idempotency key: the same key gives the same execution")
    .option("--no-wait", "print the command's id and return")
    .option("--preview", "say what it would do, and do nothing")
    .option("--yes", "preview and confirm at once")
    .option("--confirm <token>", "the preview's token")
    .action((options: GiveOptions & Record<string, unknown>) => {
      const given = names
        .map((one) => [one, options[one === "modules" ? "module" : one]] as const)
        .filter(([, value]) => value !== undefined);
      return give(cli, name, Object.fromEntries(given), options);
    });
};

const listCommand = (cli: Cli): Command =>
  newCommand({ usage: "list", summary: "list commands, newest first", examples: [["qmoi command list", "the latest 20"]] })
    .option(...limitOption)
    .action((options: ListOptions) =>
      withConnection(cli, options, "ask", async ({ client }) => {
        const { items, more } = await listed(options, (query) => client.commands(query));
        if (options.json) return printJson(cli.io, items);
        if (items.length === 0) return cli.io.err("No commands.\n");
        const rows = items.map((one) => [localTime(one.createdAt), one.state, one.command, one.who, oneLine(one.reason ?? "", 40), one.id]);
        const titles = ["at", "state", "command", "by", "reason", "id"].map((title) => ({ title }));
        cli.io.out(table(cli.io.style, titles, rows));
        if (more) cli.io.err(cli.io.style.dim("there are more: --limit\n"));
      }),
    );

const showCommand = (cli: Cli): Command =>
  newCommand({
    usage: "show <id>",
    summary: "show a command with its evidence",
    examples: [["qmoi command show c01m8…", "what it did"]],
  }).action((id: string, options: ListOptions) =>
    withConnection(cli, options, "ask", async ({ client }) => {
      const view = await client.command(id);
      if (options.json) printJson(cli.io, view);
      else cli.io.out(commandText(cli.io.style, view));
    }),
  );

const verifyCommand = (cli: Cli): Command =>
  newCommand({
    usage: "verify <id>",
    summary: "check a command's evidence against history, audit and backups; exits 0 only if all of it holds",
    examples: [["qmoi command verify c01m8…", "each check, and what was found"]],
  }).action(async (id: string, options: ListOptions) => {
    const found = await withConnection(cli, options, "ask", ({ client }) => client.verifyCommand(id));
    if (options.json) printJson(cli.io, found);
    else cli.io.out(verificationText(cli.io.style, found));
    if (!found.holds) throw new FailedWork();
  });

export const commandCommand = (cli: Cli): Command => {
  const command = newCommand({
    usage: "command",
    summary: "command the whole system: start, stop, emergency stop, health, update, backup, restore",
    details: "Commands queue by priority, and one runs at a time; an emergency stop overtakes them all. Needs the role master.",
    examples: [
      ["qmoi command run_health_check", "look at everything"],
      ["qmoi command stop_all_modules --preview", "what a stop would reach"],
      ["qmoi command emergency_stop --reason 'wrong data'", "stop at once, server or not"],
      ["qmoi command start_all_modules --reason 'data is right again'", "lift it"],
      ["qmoi command verify <id>", "check what a command did"],
    ],
  });
  command.enablePositionalOptions();
  for (const name of Object.keys(COMMANDS) as CommandName[]) command.addCommand(giveCommand(cli, name));
  for (const look of [listCommand(cli), showCommand(cli), verifyCommand(cli)]) command.addCommand(look);
  return command;
};
