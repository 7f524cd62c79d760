import type { Command } from "commander";
import { type Cli, type CommonOptions, newCommand, printJson } from "../cli.ts";
import { withConnection } from "../connection.ts";
import { localTime, oneLine, plural, table } from "../format.ts";
import { given, type ListOptions, limitOption, listed } from "../options.ts";

export const workflowsCommand = (cli: Cli): Command =>
  newCommand({ usage: "workflows", summary: "list published workflows", examples: [["qmoi workflows", "each with its latest version"]] })
    .option(...limitOption)
    .action((options: ListOptions) =>
      withConnection(cli, options, "ask", async ({ client }) => {
        const { items, more } = await listed(options, (query) => client.workflows(query));
        if (options.json) return printJson(cli.io, items);
        if (items.length === 0) return cli.io.err("No workflows. Publish one by running its file: `qmoi run <file>`.\n");
        const rows = items.map((w) => [
          w.name,
          w.version.slice(0, 12),
          String(w.number),
          String(w.tasks),
          localTime(w.publishedAt),
          oneLine(w.description ?? "", 60),
        ]);
        const titles = ["workflow", "version", "number", "tasks", "published", "description"];
        cli.io.out(
          table(
            cli.io.style,
            titles.map((title) => ({ title })),
            rows,
          ),
        );
        if (more) cli.io.err(cli.io.style.dim("there are more: --limit\n"));
      }),
    );

export const versionsCommand = (cli: Cli): Command =>
  newCommand({
    usage: "versions <workflow>",
    summary: "list a workflow's versions, newest first",
    examples: [["qmoi versions etl", "when each was published"]],
  })
    .option(...limitOption)
    .action((name: string, options: ListOptions) =>
      withConnection(cli, options, "ask", async ({ client }) => {
        const { items } = await listed(options, (query) => client.versions(name, query));
        if (options.json) return printJson(cli.io, items);
        const rows = items.map((w) => [String(w.number), w.version.slice(0, 12), localTime(w.publishedAt), String(w.tasks)]);
        cli.io.out(
          table(
            cli.io.style,
            ["number", "version", "published", "tasks"].map((title) => ({ title })),
            rows,
          ),
        );
      }),
    );

export const diffCommand = (cli: Cli): Command =>
  newCommand({
    usage: "diff <workflow> [from] [to]",
    summary: "show what changed between two versions",
    details:
      "Versions are given by hash or its first 6 digits. Without them: the latest against the one before; with one: the latest against that.",
    examples: [
      ["qmoi diff etl", "what the latest version changed"],
      ["qmoi diff etl 3f2a9c", "everything that changed since that version"],
    ],
  }).action((name: string, from: string | undefined, to: string | undefined, options: CommonOptions) =>
    withConnection(cli, options, "ask", async ({ client }) => {
      const diff = await client.diff(name, given({ from, to }));
      if (options.json) return printJson(cli.io, diff);
      const { style } = cli.io;
      const value = (v: unknown): string => oneLine(JSON.stringify(v), 120);
      const lines = diff.changes.map((change) => {
        if (!("from" in change)) return `${style.green("+")} ${change.path} ${style.green(value(change.to))}\n`;
        if (!("to" in change)) return `${style.red("-")} ${change.path} ${style.red(value(change.from))}\n`;
        return `${style.yellow("~")} ${change.path} ${style.red(value(change.from))} → ${style.green(value(change.to))}\n`;
      });
      const side = ({ number, version }: { number: number; version: string }): string => `${number} (${version.slice(0, 12)})`;
      cli.io.out(`${style.bold(name)}  ${side(diff.from)} → ${side(diff.to)}  ${plural(lines.length, "change")}\n${lines.join("")}`);
    }),
  );
