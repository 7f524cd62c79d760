import type { Command } from "commander";
import { type Cli, type CommonOptions, dataDirOf, newCommand, printJson } from "../cli.ts";
import { examine, type Finding } from "../doctor-checks.ts";
import { FailedWork } from "../errors.ts";
import { configDirOf } from "../local-options.ts";

export const doctorCommand = (cli: Cli): Command =>
  newCommand({
    usage: "doctor",
    summary: "check what QMOI needs on this machine, and say what to do",
    details: "Node, data folder, store, disk, server, port, clock and configuration. Changes nothing. Exit code 1 if there is a problem.",
    examples: [["qmoi doctor", "of the data folder .qmoi/"]],
  }).action(async (options: CommonOptions) => {
    const findings = await examine(dataDirOf(options), configDirOf(options), Date.now);
    if (options.json) printJson(cli.io, findings);
    else for (const finding of findings) cli.io.out(line(cli, finding));
    if (findings.some(({ status }) => status === "problem")) throw new FailedWork();
  });

const line = ({ io: { style } }: Cli, { check, status, detail, remedy }: Finding): string => {
  const mark = { ok: style.green("✓"), warning: style.yellow("!"), problem: style.red("✗") }[status];
  return `${mark} ${check.padEnd(14)} ${detail}\n${remedy === undefined ? "" : `  ${" ".repeat(14)} ${style.dim("try:")} ${remedy}\n`}`;
};
