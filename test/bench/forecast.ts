import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Evaluation, Metrics, Samples } from "@qmoi/forecast";
import { evaluateTable, evaluateWfformat } from "@qmoi/forecast/evaluation";
import { mlRandomForest } from "@qmoi/forecast/ml-random-forest";
import { outOfBag, trainForest } from "@qmoi/forecast/training";
import { friedman1 } from "../../packages/forecast/src/testing/friedman.ts";
import { readOptions } from "../../scripts/read-options.ts";
import { jobTables } from "./forecast/job-tables.ts";
import { forecastPlot, type Plotted } from "./forecast/plot.ts";
import { Sklearn } from "./forecast/sklearn.ts";
import { cloudTables, generatedTables, type Table, workflowTables } from "./forecast/tables.ts";

const HELP = `The forest against scikit-learn's (in a process beside, on the same rows, one core each, by turns; processor time, all threads counted, and by the clock) and against ml-random-forest,
on Friedman's first problem with 8 features; with --wfformat the forecasts of each workflow execution in a folder from all others; and forecasts of
tables made from seeds, of the workflows' tasks with whole families left out, and of those in the folder --cloud, beside the best of what one would do without a model.

  node test/bench/forecast.ts [--rows 20000] [--trees 100] [--rounds 3] [--python python3] [--wfformat DIR] [--cloud DIR] [--seeds 1,2]
                              [--only forest,workflows,tables] [--tables NAME] [--svg FILE] [--json]`;

const { values } = readOptions(HELP, {
  rows: { type: "string", default: "20000" },
  trees: { type: "string", default: "100" },
  rounds: { type: "string", default: "3" },
  python: { type: "string", default: "python3" },
  wfformat: { type: "string" },
  svg: { type: "string" },
  cloud: { type: "string" },
  seeds: { type: "string", default: "1,2" },
  tables: { type: "string", default: "" },
  only: { type: "string", default: "forest,workflows,tables" },
  json: { type: "boolean", default: false },
});
const trees = Number(values.trees);
const rounds = Number(values.rounds);
/** A regression's usual settings first; then leaves of single rows; then all features at each split, which is scikit-learn's default. */
const SETTINGS = [
  { featuresPerSplit: 3, minLeaf: 5 },
  { featuresPerSplit: 3, minLeaf: 1 },
  { featuresPerSplit: 8, minLeaf: 1 },
];
const CALLS = 10_000;
/** ml-random-forest's time grows with the square of the rows. */
const LIBRARY_ROWS = 1000;

const median = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[numbers.length >> 1] as number;
const rowOf = ({ columns }: Samples, row: number): number[] => columns.map((column) => column[row] as number);
const seconds = <T>(work: () => T): { result: T; seconds: number; cpuSeconds: number } => {
  const cpuBegan = process.cpuUsage();
  const began = process.hrtime.bigint();
  const result = work();
  const elapsed = Number(process.hrtime.bigint() - began) / 1e9;
  const { user, system } = process.cpuUsage(cpuBegan);
  return { result, seconds: elapsed, cpuSeconds: (user + system) / 1e6 };
};
const r2 = (predict: (row: number[]) => number, test: Samples): number => {
  const mean = test.target.reduce((sum, y) => sum + y, 0) / test.target.length;
  const squares = test.target.reduce((sum, y, i) => sum + (y - predict(rowOf(test, i))) ** 2, 0);
  return 1 - squares / test.target.reduce((sum, y) => sum + (y - mean) ** 2, 0);
};

/** Median microseconds of warm calls, each with another row. */
const microseconds = (call: (row: number[]) => unknown, test: Samples): number => {
  const rows = Array.from({ length: CALLS }, (_, i) => rowOf(test, i % test.target.length));
  for (const row of rows.slice(0, 2000)) call(row);
  const times = rows.map((row) => {
    const began = process.hrtime.bigint();
    call(row);
    return Number(process.hrtime.bigint() - began) / 1e3;
  });
  return median(times);
};

const againstSklearn = async (train: Samples, test: Samples, folder: string): Promise<object> => {
  const sklearn = await Sklearn.start(folder, train, test, values.python);
  const settings = [];
  for (const setting of SETTINGS) {
    const pairs = [];
    for (let round = 0; round < rounds; round++) {
      const ours = seconds(() => trainForest(train, { ...setting, trees, seed: round }));
      const theirs = await sklearn.fit({ ...setting, trees, seed: round });
      pairs.push({ ours, theirs });
    }
    const last = pairs.at(-1)?.ours.result as ReturnType<typeof trainForest>;
    const { forest } = last;
    settings.push({
      ...setting,
      ours: median(pairs.map(({ ours }) => ours.cpuSeconds)),
      theirs: median(pairs.map(({ theirs }) => theirs.cpuSeconds)),
      ratio: median(pairs.map(({ ours, theirs }) => ours.cpuSeconds / theirs.cpuSeconds)),
      clockRatio: median(pairs.map(({ ours, theirs }) => ours.seconds / theirs.seconds)),
      r2Ours: r2((row) => forest.predict(row), test),
      r2Theirs: median(pairs.map(({ theirs }) => theirs.r2)),
      nodesOurs: forest.nodes,
      nodesTheirs: median(pairs.map(({ theirs }) => theirs.nodes)),
      bytesPerNode: forest.bytes / forest.nodes,
      predictMicroseconds: microseconds((row) => forest.predict(row), test),
      intervalMicroseconds: microseconds((row) => forest.quantiles(row, [0.05, 0.95]), test),
      outOfBagSeconds: seconds(() => outOfBag(last, [0.05, 0.95])).cpuSeconds,
    });
  }
  sklearn.stop();
  return { sklearn: sklearn.version, rows: train.target.length, trees, settings };
};

const againstLibrary = (): object => {
  const train = friedman1(LIBRARY_ROWS, 1);
  const test = friedman1(LIBRARY_ROWS, 2);
  // It draws features once a tree; with all of them at each split both do the same.
  const options = { seed: 1, trees, featuresPerSplit: train.features.length, minLeaf: 5 };
  const ours = seconds(() => trainForest(train, options));
  const theirs = seconds(() => mlRandomForest.train(train, options));
  const { forest } = ours.result;
  return {
    rows: LIBRARY_ROWS,
    ours: ours.cpuSeconds,
    theirs: theirs.cpuSeconds,
    ratio: ours.cpuSeconds / theirs.cpuSeconds,
    r2Ours: r2((row) => forest.predict(row), test),
    r2Theirs: r2((row) => theirs.result.regressor.predict(row), test),
  };
};

const instancesOf = (folder: string): { name: string; document: unknown }[] => {
  const files = readdirSync(folder).filter((file) => file.endsWith(".json"));
  return files.sort().map((name) => ({ name, document: JSON.parse(readFileSync(join(folder, name), "utf8")) as unknown }));
};

const onWorkflows = (folder: string): { runtime: Evaluation; memory: Evaluation; plotted: Plotted[] } => {
  const instances = instancesOf(folder);
  const plotted: Plotted[] = [];
  const runtime = evaluateWfformat(instances, { each: (actual, { point, quantiles }) => plotted.push({ actual, point, quantiles }) });
  return { runtime, memory: evaluateWfformat(instances, { quantity: "memory" }), plotted };
};

/** How a table's forecasts fared beside the best of what one would do without a model, each figure's best by itself. */
const onTable = ({ name, rows, options }: Table): object => {
  const { ours, baselines, rows: forecast } = evaluateTable(rows, options);
  const others = Object.values(baselines);
  const least = Math.min(...others.map(({ pinball90 }) => pinball90));
  return {
    name,
    rows: forecast,
    pinball90: ours.pinball90,
    best: least,
    ratio: ours.pinball90 / least,
    coverage90: ours.coverage90,
    widthAt90: ours.widthAt90,
    bestWidth: Math.min(...others.map(({ widthAt90 }) => widthAt90)),
    r2log: ours.r2log,
    bestR2: Math.max(...others.map(({ r2log }) => r2log)),
  };
};

const onTables = async (): Promise<object[]> => {
  const made = values.seeds
    .split(",")
    .flatMap((seed) =>
      [...generatedTables(Number(seed)), ...jobTables(Number(seed))].map((made) => ({ ...made, name: `${made.name} (${seed})` })),
    );
  const cloud = values.cloud === undefined ? [] : await cloudTables(values.cloud);
  const tasks = values.wfformat === undefined ? [] : workflowTables(instancesOf(values.wfformat));
  return [...cloud, ...tasks, ...made].filter(({ name }) => name.includes(values.tables)).map(onTable);
};

const table = (rows: readonly object[]): void => console.table(rows.map(rounded));
const rounded = (row: object): object =>
  Object.fromEntries(Object.entries(row).map(([key, value]) => [key, typeof value === "number" ? Number(value.toPrecision(4)) : value]));
const metricsTable = ({ ours, baselines }: Evaluation): void => {
  const named = (name: string, metrics: Metrics): object => ({ name, ...metrics });
  table([named("ours", ours), ...Object.entries(baselines).map(([name, metrics]) => named(name, metrics))]);
};

const folder = mkdtempSync(join(tmpdir(), "qmoi-bench-"));
try {
  const only = values.only.split(",");
  const forest = only.includes("forest")
    ? ((await againstSklearn(friedman1(Number(values.rows), 1), friedman1(Number(values.rows), 2), folder)) as { settings: object[] })
    : undefined;
  const library = forest && againstLibrary();
  const workflows = values.wfformat === undefined || !only.includes("workflows") ? undefined : onWorkflows(values.wfformat);
  const tables = only.includes("tables") ? await onTables() : undefined;
  if (values.svg !== undefined && workflows) writeFileSync(values.svg, forecastPlot(workflows.plotted));
  if (values.json) {
    const evaluations = workflows && { runtime: workflows.runtime, memory: workflows.memory };
    console.log(
      JSON.stringify(
        { ...(forest ? { forest, library } : {}), ...(evaluations ? { workflows: evaluations } : {}), ...(tables ? { tables } : {}) },
        null,
        2,
      ),
    );
  } else {
    if (forest && library) {
      console.log(`Training ${values.rows} rows, ${trees} trees, one core each, by turns; processor seconds, medians of ${rounds} rounds`);
      table(forest.settings);
      console.log("Against ml-random-forest");
      table([library]);
    }
    for (const evaluation of workflows ? [workflows.runtime, workflows.memory] : []) {
      console.log(`${evaluation.rows} tasks, ${evaluation.split}`);
      metricsTable(evaluation);
    }
    if (tables) {
      console.log("Tables, beside the best of mean, median, last 20 and line");
      table(tables);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
