import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { type AuditRecord, type Client, eachItem } from "@qmoi/client";
import { type Command, Option } from "commander";
import { type Cli, type CommonOptions, newCommand, printJson } from "../cli.ts";
import { withConnection } from "../connection.ts";
import { FailedWork } from "../errors.ts";
import { localTime, oneLine, plural, table } from "../format.ts";
import { given, type ListOptions, limitOption, listed, time, wholeNumber } from "../options.ts";

interface FilterOptions extends ListOptions {
  readonly action?: string;
  readonly who?: string;
  readonly subject?: string;
  readonly outcome?: AuditRecord["outcome"];
  readonly since?: string;
  readonly until?: string;
}

const filtered = (command: Command): Command =>
  command
    .option("--action <name>", "only actions that are this or begin with it, such as run or run.cancel")
    .option("--who <id>", "only by this key, token or system")
    .option("--subject <id>", "only what was done to this")
    .addOption(new Option("--outcome <outcome>", "only with this outcome").choices(["done", "refused", "failed"]))
    .option("--since <time>", "only from this time on", time)
    .option("--until <time>", "only until this time", time);

const filterOf = ({ action, who, subject, outcome, since, until }: FilterOptions) => given({ action, who, subject, outcome, since, until });

const list = (cli: Cli): Command =>
  filtered(
    newCommand({
      usage: "list",
      summary: "list who did what, newest first",
      examples: [
        ["qmoi audit list", "the latest"],
        ["qmoi audit list --action run.cancel --since 2026-01-31", "cancelled runs since then"],
      ],
    }).option(...limitOption),
  ).action((options: FilterOptions) =>
    withConnection(cli, options, "ask", async ({ client }) => {
      const { items, more } = await listed(options, (page) => client.audit({ ...page, ...filterOf(options) }));
      if (options.json) return printJson(cli.io, items);
      if (items.length === 0) return cli.io.err("No records.\n");
      const titles = ["#", "at", "action", "subject", "who", "outcome", "reason"].map((title) => ({ title }));
      const { style } = cli.io;
      const rows = items.map(({ seq, at, action, subject, who, outcome, reason = "" }) => [
        String(seq),
        localTime(at),
        action,
        oneLine(subject, 40),
        oneLine(who, 30),
        outcome === "done" ? outcome : style.yellow(outcome),
        oneLine(reason, 60),
      ]);
      cli.io.out(table(style, titles, rows));
      if (more) cli.io.err(style.dim("there are more: --limit\n"));
    }),
  );

const show = (cli: Cli): Command =>
  newCommand({ usage: "show <number>", summary: "one record, whole", examples: [["qmoi audit show 42", "with before and after"]] }).action(
    (number: string, options: CommonOptions) =>
      withConnection(cli, options, "ask", async ({ client }) => {
        const record = await client.auditRecord(wholeNumber(1, Number.MAX_SAFE_INTEGER)(number));
        if (options.json) return printJson(cli.io, record);
        for (const [name, value] of Object.entries(record))
          cli.io.out(`${cli.io.style.dim(name.padEnd(10))} ${typeof value === "string" ? value : JSON.stringify(value)}\n`);
      }),
  );

async function* lines(client: Client, options: FilterOptions): AsyncGenerator<string> {
  const page = (after?: string) => client.audit({ limit: 1000, order: "oldest", ...filterOf(options), ...given({ after }) });
  for await (const record of eachItem(page)) yield `${JSON.stringify(record)}\n`;
}

const exportAll = (cli: Cli): Command =>
  filtered(
    newCommand({
      usage: "export",
      summary: "write records as lines of JSON, oldest first",
      examples: [["qmoi audit export --out audit.ndjson", "everything, with the hashes that link it"]],
    }).option("--out <file>", "file to write, which must not exist; otherwise to the terminal"),
  ).action((options: FilterOptions & { readonly out?: string }) =>
    withConnection(cli, options, "ask", async ({ client }) => {
      const { out } = options;
      if (out === undefined) {
        for await (const line of lines(client, options)) if (!cli.io.broken) cli.io.out(line);
        return;
      }
      let count = 0;
      const counted = async function* (): AsyncGenerator<string> {
        for await (const line of lines(client, options)) {
          count++;
          yield line;
        }
      };
      await pipeline(counted(), createWriteStream(out, { flags: "wx", mode: 0o600 }));
      if (options.json) printJson(cli.io, { file: out, records: count });
      else cli.io.out(`${plural(count, "record")} in ${out}\n`);
    }),
  );

const verify = (cli: Cli): Command =>
  newCommand({
    usage: "verify",
    summary: "read the whole audit and say whether it is as it was written",
    details: "Finds and names what was edited, removed, inserted, reordered, rewritten or cut off. Exits 0 only if the audit is whole.",
    examples: [["qmoi audit verify && echo whole", "for a script"]],
  }).action((options: CommonOptions) =>
    withConnection(cli, options, "ask", async ({ client }) => {
      const verdict = await client.verifyAudit();
      if (options.json) printJson(cli.io, verdict);
      else {
        const { style } = cli.io;
        for (const { kind, text } of verdict.findings) cli.io.out(`${style.red(kind.padEnd(10))} ${text}\n`);
        const signed = `the newest signed head is at ${verdict.signed}`;
        cli.io.out(
          verdict.whole ? `${style.green("✓")} whole: ${plural(verdict.records, "record")}; ${signed}\n` : `not whole: ${signed}\n`,
        );
      }
      if (!verdict.whole) throw new FailedWork();
    }),
  );

export const auditCommand = (cli: Cli): Command => {
  const command = newCommand({
    usage: "audit",
    summary: "look at who did what, and prove that nobody altered it",
    examples: [
      ["qmoi audit list", "what was done last, and by whom"],
      ["qmoi audit verify", "whether the record is whole"],
    ],
  });
  for (const sub of [list(cli), show(cli), exportAll(cli), verify(cli)]) command.addCommand(sub);
  return command;
};
