import { randomUUID } from "node:crypto";
import type { Provider } from "@qmoi/client";
import { type Command, InvalidArgumentError } from "commander";
import { type Cli, type CommonOptions, newCommand, printJson } from "../cli.ts";
import { withConnection } from "../connection.ts";
import { localTime, table } from "../format.ts";
import { type ListOptions, limitOption, listed, time } from "../options.ts";

type Metric = NonNullable<Provider["report"]>["metrics"][number];

interface ReportOptions extends CommonOptions {
  readonly id?: string;
  readonly at?: string;
}

interface ForgetOptions extends CommonOptions {
  readonly reason?: string;
}

const METRIC = /^([^=]+)=(-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)([^\d\s]\S*)?$/i;

/** `cpu=0.5`, or with a unit `latency=12ms`. */
const metric = (value: string, previous: readonly object[] = []): readonly object[] => {
  const [, name, number, unit] = METRIC.exec(value) ?? [];
  if (name === undefined) throw new InvalidArgumentError("It must be name=value, such as cpu=0.5 or latency=12ms.");
  return [...previous, { name, value: Number(number), ...(unit === undefined ? {} : { unit }) }];
};

const metricText = ({ name, value, unit }: Metric): string => `${name}=${value}${unit ?? ""}`;

const RECEPTIONS = {
  accepted: "is the latest now",
  repeated: "was known already",
  outdated: "changes nothing: a later one is known",
} as const;

const report = (cli: Cli): Command =>
  newCommand({
    usage: "report <provider>",
    summary: "tell how a provider is",
    details: "The latest report of each provider is kept. A report that is sent again under the same --id is the same report.",
    examples: [
      ["qmoi provider report gcp", "it is there"],
      ["qmoi provider report gcp cpu=0.4 cost=12.5USD", "and how it is, with units where there are some"],
    ],
  })
    .argument("[metrics...]", "up to 20, each as name=value, with the unit behind the value", metric)
    .option("--id <id>", "the report's own (default: a new one)")
    .option("--at <time>", "when it was made (default: now)", time)
    .action((provider: string, metrics: readonly { name: string; value: number }[] = [], options: ReportOptions) => {
      // Before the connection, which is tried again where a server goes away: the report stays the same.
      const { id = randomUUID(), at = new Date().toISOString() } = options;
      return withConnection(cli, options, "tell", async ({ client }) => {
        const taken = await client.reportProvider(provider, { id, at, metrics: [...metrics] });
        if (options.json) return printJson(cli.io, taken);
        cli.io.out(`the report ${id} of ${provider} ${RECEPTIONS[taken.reception]}\n`);
      });
    });

const list = (cli: Cli): Command =>
  newCommand({
    usage: "list",
    summary: "list the providers that are expected to report or did",
    examples: [["qmoi provider list", "who reports, who is silent, and what they last said"]],
  })
    .option(...limitOption)
    .action((options: ListOptions) =>
      withConnection(cli, options, "ask", async ({ client }) => {
        const { items, more } = await listed(options, (query) => client.providers(query));
        if (options.json) return printJson(cli.io, items);
        const { style } = cli.io;
        if (items.length === 0)
          return cli.io.err(`No provider reports. Say which are to with \`qmoi config set cloud.reports.expected '["gcp"]'\`.\n`);
        const titles = ["provider", "state", "last report", "expected", "metrics"].map((title) => ({ title }));
        const rows = items.map(({ provider, state, receivedAt, expected, report: last }) => [
          provider,
          style[state === "silent" ? "red" : "green"](state),
          receivedAt === null ? "never" : localTime(receivedAt),
          expected ? "yes" : "no",
          last?.metrics.map(metricText).join(" ") ?? "",
        ]);
        cli.io.out(table(style, titles, rows));
        if (more) cli.io.err(style.dim("there are more: --limit\n"));
      }),
    );

const forget = (cli: Cli): Command =>
  newCommand({
    usage: "forget <provider>",
    summary: "forget what a provider has reported",
    details: "One that is expected to report (cloud.reports.expected) is silent from then on.",
    examples: [["qmoi provider forget colab --reason 'no longer used'", "its silence is no fault any more"]],
  })
    .option("--reason <text>", "why, for the record")
    .action((provider: string, options: ForgetOptions) =>
      withConnection(cli, options, "tell", async ({ client }) => {
        const forgotten = await client.forgetProvider(provider, options.reason);
        if (options.json) return printJson(cli.io, forgotten);
        cli.io.out(`what ${provider} has reported is forgotten${forgotten.expected ? "; it is still expected to report" : ""}\n`);
      }),
    );

export const providerCommand = (cli: Cli): Command => {
  const command = newCommand({
    usage: "provider",
    summary: "take reports of cloud providers, and see which are silent",
    examples: [
      ["qmoi provider report gcp cpu=0.4", "tell how one is"],
      ["qmoi provider list", "who reports, and who is silent"],
    ],
  });
  for (const sub of [report(cli), list(cli), forget(cli)]) command.addCommand(sub);
  return command;
};
