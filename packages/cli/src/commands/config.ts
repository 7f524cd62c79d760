import type { ConfigDocument } from "@qmoi/client";
import { QmoiError } from "@qmoi/core";
import type { Command } from "commander";
import { type Cli, type CommonOptions, newCommand, printJson } from "../cli.ts";
import { withConnection } from "../connection.ts";
import { localTime, oneLine, table } from "../format.ts";
import { type ListOptions, limitOption, listed, wholeNumber } from "../options.ts";

interface ChangeOptions extends CommonOptions {
  readonly reason?: string;
  readonly etag?: string;
  readonly default?: boolean;
}

export const configCommand = (cli: Cli): Command =>
  group("config", "look at the configuration, change it while QMOI runs, and roll it back", [
    ["qmoi config list", "each document, and what was changed at run time"],
    ["qmoi config set parallel.pools.default.slots 32", "in force at once, without a restart"],
  ])
    .addCommand(listCommand(cli))
    .addCommand(getCommand(cli))
    .addCommand(setCommand(cli))
    .addCommand(diffConfigCommand(cli))
    .addCommand(historyOfConfigCommand(cli))
    .addCommand(rollbackCommand(cli));

/** A command that only holds others. */
export const group = (name: string, summary: string, examples: readonly (readonly [string, string])[]): Command =>
  newCommand({ usage: name, summary, examples });

const columns = (...titles: string[]): { title: string }[] => titles.map((title) => ({ title }));
const shown = (value: unknown): string => oneLine(JSON.stringify(value) ?? "", 100);

const listCommand = (cli: Cli): Command =>
  newCommand({
    usage: "list",
    summary: "list the documents, and what was changed at run time",
    examples: [["qmoi config list", "all of them"]],
  }).action((options: CommonOptions) =>
    withConnection(cli, options, "ask", async ({ client }) => {
      const { items } = await client.config();
      if (options.json) return printJson(cli.io, items);
      const rows = items.map((d) => [
        d.document,
        d.file,
        String(d.version),
        d.built ? d.module : `${d.module}: not built yet`,
        d.invalid
          ? `invalid, the file holds: ${oneLine(d.invalid, 60)}`
          : d.paths.map((path) => path.slice(d.document.length + 1)).join("\n"),
      ]);
      cli.io.out(table(cli.io.style, columns("document", "file", "version", "read by", "changed at run time"), rows));
    }),
  );

const getCommand = (cli: Cli): Command =>
  newCommand({
    usage: "get <path>",
    summary: "show a document, or what stands at a path in it",
    examples: [
      ["qmoi config get parallel", "a whole document"],
      ["qmoi config get parallel.pools.default.slots", "one value"],
    ],
  }).action((path: string, options: CommonOptions) =>
    withConnection(cli, options, "ask", async ({ client }) => {
      const [name = "", ...keys] = path.split(".");
      const document = await client.configDocument(name);
      const value = at(document, keys);
      if (value === undefined)
        throw new QmoiError("QMOI_NOT_FOUND", `There is nothing at ${path}.`, { remedy: `See \`qmoi config get ${name}\`.` });
      printJson(cli.io, value);
      const changed = document.paths.filter((one) => one === path || one.startsWith(`${path}.`) || path.startsWith(`${one}.`));
      if (!options.json && changed.length > 0) cli.io.err(`changed at run time: ${changed.join(", ")}\n`);
    }),
  );

const at = ({ value }: ConfigDocument, keys: readonly string[]): unknown =>
  keys.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null && Object.hasOwn(inner, key) ? (inner as Record<string, unknown>)[key] : undefined,
    value,
  );

/** JSON where it is some; a plain word stands for itself. */
const parsedValue = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

const setCommand = (cli: Cli): Command =>
  newCommand({
    usage: "set <path> [value]",
    summary: "change a value at run time, in force within a second",
    details: "The value is JSON, or a plain word. What is changed wins over the file under config/ until it is set back with --default.",
    examples: [
      ["qmoi config set parallel.pools.default.slots 32", "more slots"],
      ["qmoi config set parallel.pools.default.slots --default", "back to what the file says"],
    ],
  })
    .option("--default", "back to what the file says")
    .option("--etag <etag>", "only if the document is still this one")
    .option("--reason <text>", "why, for the record")
    .action((path: string, value: string | undefined, options: ChangeOptions) =>
      withConnection(cli, options, "tell", async ({ client }) => {
        const [name = "", ...keys] = path.split(".");
        if ((value === undefined) !== (options.default === true) || keys.length === 0)
          throw new QmoiError("QMOI_USAGE", "Give a path inside a document, and a value or --default.");
        const inner = keys.join(".");
        const change = options.default ? { path: inner, reset: true as const } : { path: inner, value: parsedValue(value ?? "") };
        const view = await client.setConfig(name, { changes: [change], ...reasonOf(options) }, options.etag ?? "*");
        report(cli, options, view, `${path} is ${shown(at(view, keys))}`);
      }),
    );

const reasonOf = ({ reason }: ChangeOptions): { reason?: string } => (reason === undefined ? {} : { reason });

const report = (cli: Cli, options: CommonOptions, view: ConfigDocument, text: string): void => {
  if (options.json) printJson(cli.io, view);
  else cli.io.out(`${cli.io.style.green("✓")} ${text}  (version ${view.version} of ${view.document})\n`);
};

const diffConfigCommand = (cli: Cli): Command =>
  newCommand({
    usage: "diff <document>",
    summary: "show what differs between two versions; otherwise between the file and now",
    examples: [["qmoi config diff parallel --from 1 --to 2", "what version 2 changed"]],
  })
    .option("--from <version>", "0 is the file", wholeNumber(0, 999_999_999))
    .option("--to <version>", "otherwise now", wholeNumber(0, 999_999_999))
    .action((name: string, options: CommonOptions & { from?: number; to?: number }) =>
      withConnection(cli, options, "ask", async ({ client }) => {
        const { items } = await client.configDiff(name, { from: options.from, to: options.to });
        if (options.json) return printJson(cli.io, items);
        if (items.length === 0) return cli.io.err("Nothing differs.\n");
        for (const { path, from, to } of items) cli.io.out(`${path}  ${shown(from)} → ${shown(to)}\n`);
      }),
    );

const historyOfConfigCommand = (cli: Cli): Command =>
  newCommand({
    usage: "history <document>",
    summary: "list what was changed of a document at run time, newest first",
    examples: [["qmoi config history parallel", "by whom, when and why"]],
  })
    .option(...limitOption)
    .action((name: string, options: ListOptions) =>
      withConnection(cli, options, "ask", async ({ client }) => {
        const { items } = await listed(options, (query) => client.configHistory(name, query));
        if (options.json) return printJson(cli.io, items);
        if (items.length === 0) return cli.io.err("Nothing was changed at run time.\n");
        const rows = items.map((v) => [String(v.version), v.action, localTime(v.at), v.who, shown(v.changed), v.reason ?? ""]);
        cli.io.out(table(cli.io.style, columns("version", "action", "at", "by", "changed", "reason"), rows));
      }),
    );

const rollbackCommand = (cli: Cli): Command =>
  newCommand({
    usage: "rollback <document>",
    summary: "make a document as it was in a version",
    examples: [
      ["qmoi config rollback parallel --to 3", "as it was in version 3"],
      ["qmoi config rollback parallel --to 0", "as the file says"],
    ],
  })
    .requiredOption("--to <version>", "the version; 0 is the file", wholeNumber(0, 999_999_999))
    .option("--etag <etag>", "only if the document is still this one")
    .option("--reason <text>", "why, for the record")
    .action((name: string, options: ChangeOptions & { to: number }) =>
      withConnection(cli, options, "tell", async ({ client }) => {
        const view = await client.rollbackConfig(name, { to: options.to, ...reasonOf(options) }, options.etag ?? "*");
        report(cli, options, view, `${view.document} is as in version ${options.to}`);
      }),
    );
