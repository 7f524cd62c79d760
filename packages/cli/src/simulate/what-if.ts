import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ParallelProcessingConfig, Workflow } from "@qmoi/config";
import { loadDocument } from "@qmoi/config/schemas";
import { QmoiError } from "@qmoi/core";
import {
  expectedByType,
  type Figures,
  figuresOf,
  type PlayedRun,
  policyNamed,
  type ReportPart,
  reportHtml,
  runsOfWorkflow,
  type Span,
  timelineSvg,
  whatIf,
} from "@qmoi/simulator";
import { type Cli, printJson } from "../cli.ts";
import type { SimulateOptions } from "../commands/simulate.ts";
import { withConnection } from "../connection.ts";
import { duration, plural, table } from "../format.ts";
import { configDirOf } from "../local-options.ts";
import { ownWorkflows } from "./own-workflows.ts";
import { poolsOf, readRecorded } from "./recorded.ts";

type Pools = Record<string, number>;

interface Question {
  readonly runs: readonly PlayedRun[];
  readonly pools: Pools;
  /** What really happened, if it did. */
  readonly recorded?: readonly Span[];
}

const DEFAULT_POLICY = "fair";

/** `qmoi simulate --workflow …` or `--history`: how the same work would have gone with other pools, in another order. */
export const simulateWhatIf = async (cli: Cli, options: SimulateOptions): Promise<void> => {
  const policies = (options.policy ?? DEFAULT_POLICY).split(",").map((name) => policyNamed(name.trim()));
  const { runs, pools, recorded } = await questionOf(cli, options);
  if (runs.length === 0)
    throw new QmoiError("QMOI_USAGE", "There is no run that has ended yet.", {
      path: "--history",
      remedy: "Run a workflow with `qmoi run`.",
    });
  const sizes: (Pools | undefined)[] = options.slots?.map((slots) => ({ ...pools, default: slots })) ?? [pools];
  const expected = expectedByType(runs);
  const answers = sizes.flatMap((size) => policies.map((policy) => whatIf({ runs, pools: size as Pools, policy, expected })));
  const parts: ReportPart[] = answers.map(({ policy, pools: own, spans, ...figures }) => ({
    title: `${policy}, ${poolsText(own, spans)}`,
    spans,
    pools: own,
    figures,
  }));
  if (recorded) parts.unshift({ title: "as recorded", spans: recorded, pools, figures: figuresOf(runs, recorded, pools) });
  const written = writePictures(options, parts);
  if (options.json) return printJson(cli.io, jsonOf(parts, answers));
  tell(cli, parts, written);
};

const questionOf = async (cli: Cli, options: SimulateOptions): Promise<Question> => {
  const own = options.workflow ? ownWorkflows(options.workflow, options) : [];
  const fromFiles = own.flatMap(({ document, arrivals }) =>
    runsOfWorkflow(
      document as unknown as Workflow,
      arrivals.map((at) => at * 1000),
    ),
  );
  const ownPools = own.map(({ document }) => poolsOf(document as unknown as Workflow));
  const given = Object.fromEntries((options.pool ?? []).map(poolGiven));
  if (options.history === undefined) return { runs: fromFiles, pools: Object.assign(configuredPools(options), ...ownPools, given) };
  if (fromFiles.length > 0)
    throw new QmoiError("QMOI_USAGE", "Recorded runs and workflows from files are played apart.", {
      path: "--history",
      remedy: "Give --history or --workflow.",
    });
  return withConnection(cli, options, "ask", async ({ client }) => {
    const { runs, spans, pools } = await readRecorded(client, options.history as number);
    const parallel = (await client.configDocument("parallel")).value as ParallelProcessingConfig;
    return { runs, recorded: spans, pools: { ...slotsOf(parallel), ...pools, ...given } };
  });
};

const poolGiven = (text: string): [string, number] => {
  const at = text.lastIndexOf("=");
  const slots = Number(text.slice(at + 1));
  if (at > 0 && Number.isInteger(slots) && slots > 0) return [text.slice(0, at), slots];
  throw new QmoiError("QMOI_USAGE", `\`${text}\` names no pool with its slots.`, { path: "--pool", remedy: "Write --pool gpu=2." });
};

const configuredPools = (options: SimulateOptions): Pools => {
  const folder = configDirOf(options);
  const read = (file: string) => (existsSync(join(folder, file)) ? readFileSync(join(folder, file), "utf8") : undefined);
  return slotsOf(loadDocument("parallel", read) as unknown as ParallelProcessingConfig);
};

const slotsOf = ({ pools }: ParallelProcessingConfig): Pools =>
  Object.fromEntries(Object.entries(pools).map(([name, { slots }]) => [name, slots]));

/** Pools that have work, and their slots. */
const poolsText = (pools: Readonly<Pools>, spans: readonly Span[]): string => {
  const names = [...new Set(spans.map(({ task }) => task.pool))].sort();
  if (names.length === 1) return plural(pools[names[0] as string] ?? 0, "slot");
  return names.map((name) => `${name} ${pools[name]}`).join(", ");
};

const writePictures = ({ svg, html }: SimulateOptions, parts: readonly ReportPart[]): string[] => {
  if (svg !== undefined) writeFileSync(svg, timelineSvg(parts));
  if (html !== undefined) writeFileSync(html, reportHtml("What if", parts));
  return [svg, html].filter((file) => file !== undefined);
};

const jsonOf = (parts: readonly ReportPart[], answers: readonly { policy: string; pools: Readonly<Pools> }[]): object => {
  const offset = parts.length - answers.length;
  return {
    schedules: parts.map(({ figures, spans, pools }, n) => ({
      policy: answers[n - offset]?.policy ?? null,
      recorded: n < offset,
      pools,
      ...figures,
      spans: spans.map(({ run, task: { name, pool, slots }, readyAt, startedAt, endedAt }) => ({
        run,
        task: name,
        pool,
        slots,
        readyAt,
        startedAt,
        endedAt,
      })),
    })),
  };
};

const time = (seconds: number): string => duration(1000 * seconds);
const COLUMNS: readonly (readonly [title: string, value: (figures: Figures) => string])[] = [
  ["makespan", ({ makespan }) => time(makespan)],
  ["mean completion", ({ meanCompletion }) => time(meanCompletion)],
  ["95% within", ({ p95Completion }) => time(p95Completion)],
  ["mean waiting", ({ meanWaiting }) => time(meanWaiting)],
  ["longest", ({ longestWaiting }) => time(longestWaiting)],
  ["utilisation", ({ utilisation }) => `${(100 * utilisation).toFixed(1)}%`],
];

const tell = ({ io }: Cli, parts: readonly ReportPart[], written: readonly string[]): void => {
  const { runs = 0, tasks = 0 } = parts.at(-1)?.figures ?? {};
  io.out(`${plural(runs, "run")}, ${plural(tasks, "task")}\n`);
  const columns = [{ title: "schedule" }, ...COLUMNS.map(([title]) => ({ title, right: true }))];
  const rows = parts.map(({ title, figures }) => [title, ...COLUMNS.map(([, value]) => value(figures))]);
  io.out(table(io.style, columns, rows));
  for (const file of written) io.err(`${file} written\n`);
};
