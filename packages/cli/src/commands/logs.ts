import { setTimeout as delay } from "node:timers/promises";
import type { Client, LogLine } from "@qmoi/client";
import type { Command } from "commander";
import { type Cli, type CommonOptions, newCommand, printJson } from "../cli.ts";
import { withConnection } from "../connection.ts";
import { wholeNumber } from "../options.ts";
import { resolveRun } from "../run-ids.ts";

interface LogsOptions extends CommonOptions {
  readonly follow?: boolean;
  readonly attempt?: number;
}

const FOLLOW_MS = 300;

export const logsCommand = (cli: Cli): Command =>
  newCommand({
    usage: "logs <run> <task>",
    summary: "print what a task wrote",
    details: "Of the latest attempt unless --attempt says otherwise. With --json an array; with --json and --follow one object a line.",
    examples: [
      ["qmoi logs latest load", "what `load` wrote in the newest run"],
      ["qmoi logs latest load -f", "and what it still writes, until it ends"],
    ],
  })
    .option("-f, --follow", "go on until the task has ended")
    .option("--attempt <n>", "of this attempt", wholeNumber(1, 100_000))
    .action((run: string, task: string, options: LogsOptions) =>
      withConnection(cli, options, "ask", async ({ client, served }) => {
        const id = await resolveRun(client, run);
        const lines: LogLine[] = [];
        const show = ({ items }: { items: readonly LogLine[] }): void => {
          if (!options.json) for (const { text } of items) cli.io.out(text);
          else if (options.follow) for (const line of items) cli.io.out(`${JSON.stringify(line)}\n`);
          else lines.push(...items);
        };
        if (options.follow && served) await followLogs(cli, client, id, task, options.attempt, show);
        else await printLogs(client, id, task, options.attempt, show);
        if (options.json && !options.follow) printJson(cli.io, lines);
      }),
    );

type Show = (page: { items: readonly LogLine[] }) => void;

/** Everything there is now. A page with a cursor but nothing in it is the end of what a running attempt wrote so far. */
const printLogs = async (
  client: Client,
  run: string,
  task: string,
  attempt: number | undefined,
  show: Show,
  from?: string,
): Promise<string | undefined> => {
  for (let after = from; ; ) {
    const page = await client.logs(run, task, {
      limit: 1000,
      ...(attempt === undefined ? {} : { attempt }),
      ...(after === undefined ? {} : { after }),
    });
    show(page);
    if (page.next === undefined) return undefined;
    if (page.items.length === 0) return page.next;
    after = page.next;
  }
};

const OVER = ["succeeded", "failed", "skipped", "cancelled"];

/** Follows one attempt after the other, until the task is over or nobody reads any more. */
const followLogs = async (cli: Cli, client: Client, run: string, task: string, only: number | undefined, show: Show): Promise<void> => {
  let attempt = only;
  let after: string | undefined;
  let whole = false;
  for (;;) {
    const { state, attempts } = await client.explain(run, task);
    const latest = Math.max(0, ...attempts.map((a) => a.attempt));
    if (latest > 0) {
      attempt ??= latest;
      if (!whole) after = await printLogs(client, run, task, attempt, show, after);
      whole = after === undefined;
      if (whole && only !== undefined) return;
      if (whole && attempt < latest) {
        attempt++;
        whole = false;
        continue;
      }
    }
    if (cli.io.broken || (OVER.includes(state) && (whole || latest === 0))) return;
    await delay(FOLLOW_MS, undefined, { signal: cli.signal });
  }
};
