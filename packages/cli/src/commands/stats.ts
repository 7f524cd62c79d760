import type { Stats } from "@qmoi/client";
import { type Command, Option } from "commander";
import { type Cli, type CommonOptions, newCommand, printJson } from "../cli.ts";
import { withConnection } from "../connection.ts";
import { bytes, duration, table } from "../format.ts";
import { given, wholeNumber } from "../options.ts";

interface StatsOptions extends CommonOptions {
  readonly by?: "workflow" | "type" | "day";
  readonly days?: number;
  readonly workflow?: string;
}

const seconds = (s: number): string => duration(s * 1000);
const COLUMNS: readonly (readonly [title: string, value: (row: Stats) => string])[] = [
  ["attempts", (r) => String(r.attempts)],
  ["failed", (r) => String(r.failed)],
  ["success", (r) => `${(r.successRate * 100).toFixed(1)}%`],
  ["p50", (r) => seconds(r.p50)],
  ["p95", (r) => seconds(r.p95)],
  ["p99", (r) => seconds(r.p99)],
  ["wait p50", (r) => seconds(r.queueP50)],
  ["wait p95", (r) => seconds(r.queueP95)],
  ["cpu", (r) => seconds(r.cpuSeconds)],
  ["memory", (r) => bytes(r.peakMemoryBytes)],
  ["per hour", (r) => r.throughput.toFixed(1)],
];

export const statsCommand = (cli: Cli): Command =>
  newCommand({
    usage: "stats",
    summary: "show success rate, run times and throughput",
    examples: [
      ["qmoi stats", "per workflow"],
      ["qmoi stats --by type --workflow etl --days 7", "per type of task of one workflow, of a week"],
    ],
  })
    .addOption(new Option("--by <group>", "what to group by").choices(["workflow", "type", "day"]).default("workflow"))
    .option("--days <n>", "of so many days", wholeNumber(1, 3660))
    .option("--workflow <name>", "only of this workflow")
    .action((options: StatsOptions) =>
      withConnection(cli, options, "ask", async ({ client }) => {
        const { by, days, workflow } = options;
        const { items } = await client.stats(given({ by, days, workflow }));
        if (options.json) return printJson(cli.io, items);
        const head = [{ title: by ?? "workflow" }, ...COLUMNS.map(([title]) => ({ title, right: true }))];
        cli.io.out(
          table(
            cli.io.style,
            head,
            items.map((row) => [row.group, ...COLUMNS.map(([, value]) => value(row))]),
          ),
        );
      }),
    );
