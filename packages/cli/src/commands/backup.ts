import type { BackupDetail } from "@qmoi/client";
import type { Command } from "commander";
import { type Cli, type CommonOptions, newCommand, printJson } from "../cli.ts";
import { withConnection } from "../connection.ts";
import { bytes, localTime, plural, table } from "../format.ts";
import { type ListOptions, limitOption, listed } from "../options.ts";
import { group } from "./config.ts";

interface ReasonOptions extends CommonOptions {
  readonly reason?: string;
}

export const backupCommand = (cli: Cli): Command =>
  group("backup", "back everything up while work goes on; look at backups and verify them", [
    ["qmoi backup create", "write and verify one now"],
    ["qmoi backup list", "which there are; `qmoi command restore_system` restores one"],
  ])
    .addCommand(createCommand(cli))
    .addCommand(listCommand(cli))
    .addCommand(one(cli, "show", "show what a backup holds", (client, id) => client.backup(id)))
    .addCommand(one(cli, "verify", "read all of a backup and check it against its manifest", (client, id) => client.verifyBackup(id)))
    .addCommand(deleteCommand(cli));

const createCommand = (cli: Cli): Command =>
  newCommand({
    usage: "create",
    summary: "back everything up while work goes on, and verify it",
    examples: [["qmoi backup create --reason 'before the move'", "now"]],
  })
    .option("--reason <text>", "why, for the record")
    .action((options: ReasonOptions) =>
      withConnection(cli, options, "tell", async ({ client }) =>
        tell(cli, options, await client.createBackup(options.reason), "is written and verified"),
      ),
    );

const listCommand = (cli: Cli): Command =>
  newCommand({ usage: "list", summary: "list backups, newest first", examples: [["qmoi backup list", "with their sizes"]] })
    .option(...limitOption)
    .action((options: ListOptions) =>
      withConnection(cli, options, "ask", async ({ client }) => {
        const { items } = await listed(options, (query) => client.backups(query));
        if (options.json) return printJson(cli.io, items);
        if (items.length === 0) return cli.io.err("No backups. Make one with `qmoi backup create`.\n");
        const rows = items.map((b) => [
          b.id,
          localTime(b.at),
          b.cause,
          String(b.items),
          bytes(b.bytes),
          b.encrypted ? "yes" : "no",
          b.reason ?? "",
        ]);
        const titles = ["backup", "at", "cause", "items", "size", "encrypted", "reason"];
        cli.io.out(
          table(
            cli.io.style,
            titles.map((title) => ({ title })),
            rows,
          ),
        );
      }),
    );

const one = (
  cli: Cli,
  verb: string,
  summary: string,
  ask: (client: Parameters<Parameters<typeof withConnection>[3]>[0]["client"], id: string) => Promise<BackupDetail>,
): Command =>
  newCommand({ usage: `${verb} <backup>`, summary, examples: [[`qmoi backup ${verb} <id>`, "its id is in `qmoi backup list`"]] }).action(
    (id: string, options: CommonOptions) =>
      withConnection(cli, options, "ask", async ({ client }) =>
        tell(cli, options, await ask(client, id), verb === "verify" ? "is whole" : ""),
      ),
  );

const deleteCommand = (cli: Cli): Command =>
  newCommand({
    usage: "delete <backup>",
    summary: "delete a backup for good",
    examples: [["qmoi backup delete <id>", "there is no way back"]],
  })
    .option("--reason <text>", "why, for the record")
    .action((id: string, options: ReasonOptions) =>
      withConnection(cli, options, "tell", async ({ client }) => {
        const deleted = await client.deleteBackup(id, options.reason);
        if (options.json) printJson(cli.io, deleted);
        else cli.io.out(`${cli.io.style.green("✓")} ${id} is deleted\n`);
      }),
    );

const tell = ({ io }: Cli, options: CommonOptions, backup: BackupDetail, outcome: string): void => {
  if (options.json) {
    printJson(io, backup);
    return;
  }
  const counts = Object.entries(backup.counts).map(([kind, count]) => `${count} ${kind}`);
  const line = (name: string, value: string): string => `  ${io.style.dim(name.padEnd(8))} ${value}\n`;
  io.out(
    [
      outcome === "" ? `${backup.id}\n` : `${io.style.green("✓")} ${backup.id} ${outcome}\n`,
      line("at", `${localTime(backup.at)} by ${backup.who}${backup.reason ? `: ${backup.reason}` : ""}`),
      line("holds", counts.join(", ")),
      line(
        "size",
        `${bytes(backup.bytes)} of ${bytes(backup.plainBytes)} in ${plural(backup.segments, "segment")}${backup.encrypted ? ", encrypted" : ""}`,
      ),
      line("sha256", backup.sha256),
    ].join(""),
  );
};
