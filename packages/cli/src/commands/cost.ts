import { AWS_PRICES, type Estimate, estimateMonth } from "@qmoi/cloud-integration";
import { type Command, InvalidArgumentError } from "commander";
import { type Cli, type CommonOptions, newCommand, printJson } from "../cli.ts";
import { table } from "../format.ts";
import { wholeNumber } from "../options.ts";

interface EstimateOptions extends CommonOptions {
  readonly tasksPerDay: number;
  readonly tasksPerRun: number;
  readonly taskSeconds: number;
  readonly memory: number;
  readonly atOnce: number;
  readonly historyDays: number;
}

const seconds = (value: string): number => {
  const number = Number(value);
  if (value.trim() === "" || !(number >= 0 && number <= 31_536_000)) throw new InvalidArgumentError("It must be a number of seconds.");
  return number;
};

const estimate = (cli: Cli): Command =>
  newCommand({
    usage: "estimate",
    summary: "estimate what a month in AWS costs",
    details:
      "By a formula from list prices, without a free tier, and from what tasks were counted to take (docs/benchmarks.md). Work is a function that runs\nwhile a task does: the task-runner for http tasks, which holds up to 20 at once, or your own. Tasks of ECS and Step Functions cost besides what\nthose take. CloudWatch's free tier, which doesn't end, holds 10 alarms, 10 metrics and 3 dashboards.",
    examples: [
      ["qmoi cost estimate --tasks-per-day 10000", "ten thousand tasks of a second each, in runs of 20"],
      ["qmoi cost estimate --tasks-per-day 1000000 --task-seconds 0.2 --at-once 20 --json", "a million short requests, as JSON"],
    ],
  })
    .requiredOption("--tasks-per-day <n>", "tasks that run in a day", wholeNumber(0, 1_000_000_000))
    .option("--tasks-per-run <n>", "tasks of one run", wholeNumber(1, 100_000), 20)
    .option("--task-seconds <s>", "how long a task's work takes", seconds, 1)
    .option("--memory <mb>", "memory of the function that does the work", wholeNumber(128, 10_240), 512)
    .option("--at-once <n>", "tasks that one invocation works on at once", wholeNumber(1, 20), 1)
    .option("--history-days <n>", "how long history is kept", wholeNumber(1, 3660), 30)
    .action((options: EstimateOptions) => {
      const { tasksPerDay, tasksPerRun, taskSeconds, memory: memoryMb, atOnce: tasksAtOnce, historyDays } = options;
      const request = { tasksPerDay, tasksPerRun, taskSeconds, memoryMb, tasksAtOnce, historyDays };
      const result = estimateMonth(request, AWS_PRICES);
      const { source, region, date } = AWS_PRICES;
      if (options.json) printJson(cli.io, { prices: { source, region, date }, request, ...result });
      else cli.io.out(`${rendered(cli, result)}\n${cli.io.style.dim(`${source}, ${region}, ${date}, without a free tier`)}\n`);
    });

const rendered = ({ io: { style } }: Cli, { lines, dollarsAMonth, dollarsAMillionTasks }: Estimate): string => {
  const rows = lines.map(({ part, name, quantity, unit, dollars }, n) => [
    lines[n - 1]?.part === part ? "" : part,
    name,
    quantity.toLocaleString("en-US", { maximumSignificantDigits: 4 }),
    unit,
    dollars.toFixed(2),
  ]);
  const columns = [
    { title: "for" },
    { title: "what" },
    { title: "a month", right: true },
    { title: "unit" },
    { title: "dollars", right: true },
  ];
  const sums = `$${dollarsAMonth.toFixed(2)} a month; a million tasks more cost $${dollarsAMillionTasks.toFixed(2)}`;
  return `${table(style, columns, rows)}${sums}`;
};

export const costCommand = (cli: Cli): Command =>
  newCommand({
    usage: "cost",
    summary: "what QMOI costs in AWS",
    examples: [["qmoi cost estimate --tasks-per-day 10000", "what a month would cost"]],
  }).addCommand(estimate(cli));
