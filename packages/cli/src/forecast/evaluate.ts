import { Worker } from "node:worker_threads";
import { type ErrorCode, QmoiError } from "@qmoi/core";
import type { Evaluation, Metrics } from "@qmoi/forecast";
import { type Command, InvalidArgumentError, Option } from "commander";
import { type Cli, type CommonOptions, newCommand, printJson } from "../cli.ts";
import { Interrupted } from "../errors.ts";
import { table } from "../format.ts";
import type { Io } from "../io.ts";
import { collect, given, wholeNumber } from "../options.ts";
import type { EvaluateJob } from "./evaluate-job.ts";
import { percent } from "./forecast-text.ts";

type Split = "time" | "random" | `column:${string}`;

interface EvaluateOptions extends CommonOptions {
  readonly csv?: string;
  readonly target?: string;
  readonly group?: string;
  readonly size?: string;
  readonly time?: string;
  readonly split?: Split;
  readonly ignore?: readonly string[];
  readonly wfformat?: string;
  readonly quantity?: "runtime" | "memory";
  readonly seed: number;
}

const splitOf = (value: string): Split => {
  if (value === "time" || value === "random" || /^column:./.test(value)) return value as Split;
  throw new InvalidArgumentError("It must be time, random or column:NAME.");
};

export const evaluateCommand = (cli: Cli): Command =>
  newCommand({
    usage: "evaluate",
    summary: "test forecasts on your own data, beside mean, median, last 20 and a line",
    details:
      "Learns from one part of the rows and forecasts the other: the last quarter by --time, by the order of the rows without one, or as --split\n" +
      "says (column:NAME holds out each of its values, or follows marks such as train and test). A split or a column that would give away what is\n" +
      "forecast is refused. Reads comma, semicolon, tab and bar; `-` is standard input.",
    examples: [
      ["qmoi forecast evaluate --csv jobs.csv --target seconds --time started", "forecast the last quarter from what came before"],
      ["qmoi forecast evaluate --csv jobs.csv --target seconds --group task --size bytes", "name the kind of work and the input's size"],
      ["qmoi forecast evaluate --csv jobs.csv --target seconds --split column:host", "each host from the others"],
      ["qmoi forecast evaluate --wfformat executions/ --json", "each workflow execution from all others"],
    ],
  })
    .option("--csv <file>", "table with a heading")
    .option("--target <column>", "what to forecast: a positive number, such as seconds or bytes")
    .option("--group <column>", "rows that belong together: the kind of work, or what must not lie on both sides of a split")
    .option("--size <column>", "size of the input")
    .option("--time <column>", "when the work began: numbers or dates")
    .option("--split <how>", "time, random or column:NAME", splitOf)
    .option("--ignore <column>", "not known before the work starts; may be repeated", collect)
    .option("--wfformat <dir>", "folder of WfFormat 1.5 or 1.6 instances (wfcommons.org) instead of a table")
    .addOption(new Option("--quantity <what>", "of WfFormat instances").choices(["runtime", "memory"]).default("runtime"))
    .option("--seed <n>", "seed of the forest and of a random split", wholeNumber(0, 2 ** 31), 1)
    .action(async (options: EvaluateOptions) => {
      const job = jobOf(options);
      const evaluation = await inThread(cli, job);
      if (options.json) printJson(cli.io, evaluation);
      else cli.io.out(text(cli.io, evaluation));
    });

const jobOf = (options: EvaluateOptions): EvaluateJob => {
  const { csv, wfformat, target, group, size, time, split, ignore, seed, quantity = "runtime" } = options;
  const usage = (message: string): never => {
    throw new QmoiError("QMOI_USAGE", message, { remedy: "See `qmoi forecast evaluate --help`." });
  };
  if (wfformat !== undefined) {
    const others = Object.entries(given({ csv, target, group, size, time, split, ignore })).map(([name]) => `--${name}`);
    return others.length > 0 ? usage(`--wfformat takes no ${others.join(", ")}.`) : { wfformat, seed, quantity };
  }
  if (csv === undefined) return usage("Name the data with --csv FILE or --wfformat DIR.");
  if (target === undefined) return usage("Name the column to forecast with --target.");
  return { csv, options: { target, seed, ...given({ group, size, time, split, ignore }) } };
};

interface Answer {
  /** How far it is; the answer is still to come. */
  readonly progress?: string;
  readonly evaluation?: Evaluation;
  readonly error?: { code: ErrorCode; message: string; path?: string; remedy: string; data?: Readonly<Record<string, unknown>> };
}

const inThread = ({ signal, io }: Cli, workerData: EvaluateJob): Promise<Evaluation> =>
  new Promise((resolve, reject) => {
    const execArgv = ["--disable-warning=ExperimentalWarning"];
    const thread = new Worker(new URL("./evaluate-worker.ts", import.meta.url), { workerData, execArgv });
    const abort = (): void => {
      reject(new Interrupted());
      void thread.terminate();
    };
    const settle = (answer: () => void): void => {
      signal.removeEventListener("abort", abort);
      if (io.live) io.err("\r\u001b[K");
      answer();
    };
    signal.addEventListener("abort", abort, { once: true });
    thread.on("message", ({ progress, evaluation, error }: Answer) => {
      if (progress !== undefined) {
        if (io.live) io.err(`\r\u001b[K${progress}`);
        return;
      }
      settle(() => {
        if (evaluation) resolve(evaluation);
        else if (error)
          reject(new QmoiError(error.code, error.message, given({ path: error.path, remedy: error.remedy, data: error.data })));
      });
    });
    thread.on("error", (error) => settle(() => reject(error)));
    thread.on("exit", (code) => settle(() => reject(new Error(`The evaluation ended without an answer (${code}).`))));
  });

const number = (value: number): string => (Number.isNaN(value) ? "-" : value.toFixed(3));
const COLUMNS: readonly (readonly [title: string, value: (metrics: Metrics) => string])[] = [
  ["R² (log)", (m) => number(m.r2log)],
  ["MdAPE", (m) => percent(m.mdape)],
  ["within 2×", (m) => percent(m.within2x)],
  ["pinball P90", (m) => number(m.pinball90)],
  ["coverage 90%", (m) => percent(m.coverage90)],
  ["width", (m) => number(m.width90)],
  ["width at 90%", (m) => number(m.widthAt90)],
];

const text = ({ style }: Io, { rows, ours, baselines, split, notes, methods, levels }: Evaluation): string => {
  const shares = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .sort(([, a], [, b]) => b - a)
      .map(([name, count]) => `${name} ${percent(count / rows)}`)
      .join(", ");
  const head = [{ title: "" }, ...COLUMNS.map(([title]) => ({ title, right: true }))];
  const lines = [["QMOI", ours] as const, ...Object.entries(baselines)].map(([name, metrics]) => [
    name === "QMOI" ? style.bold(name) : name,
    ...COLUMNS.map(([, value]) => value(metrics)),
  ]);
  const remarks = [`forecast by ${shares(methods)}; from the history of ${shares(levels)}`, ...notes];
  return `${rows} rows forecast: ${split}\n\n${table(style, head, lines)}\n${remarks.map((line) => style.dim(`${line}\n`)).join("")}`;
};
