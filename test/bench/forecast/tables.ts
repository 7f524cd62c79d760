import { existsSync } from "node:fs";
import { join } from "node:path";
import { Prng, type Row, type TableOptions } from "@qmoi/forecast";
import { wfformatRecords } from "@qmoi/forecast/evaluation";
import { readCsv } from "../../../packages/cli/src/forecast/csv-file.ts";
import { normal } from "../../../packages/forecast/src/testing/outcomes.ts";

/** A table to forecast a column of, and how. */
export interface Table {
  readonly name: string;
  readonly rows: readonly Row[];
  readonly options: TableOptions;
}

const DAY = 86_400_000;
const BEGAN = Date.UTC(2026, 0, 1);
const iso = (ms: number): string => new Date(ms).toISOString();
const repeat = (count: number, make: (row: number) => Row): Row[] => Array.from({ length: count }, (_, row) => make(row));

/** Network and prices between and in regions of clouds, whole values of a column held out. */
const CLOUD: readonly (readonly [file: string, target: string, columns: readonly string[], ignore?: readonly string[]])[] = [
  ["throughput_gbps", "gbps", ["source", "destination"]],
  ["rtt_ms", "avg_rtt_ms", ["source", "destination"]],
  ["egress_usd_per_gb", "usd_per_gb", ["source", "destination"]],
  ["prices_aws", "on_demand_usd_per_hour", ["instance_type"]],
  ["prices_azure", "on_demand_usd_per_hour", ["region", "vm_size"]],
  ["prices_gcp", "on_demand_usd_per_hour", ["region", "machine_type"], ["spot_usd_per_hour"]],
];

/** Those of the folder's tables that are there. */
export const cloudTables = async (folder: string): Promise<Table[]> => {
  const tables: Table[] = [];
  for (const [file, target, columns, ignore = []] of CLOUD) {
    const path = join(folder, `${file}.csv`);
    if (!existsSync(path)) continue;
    const { rows } = await readCsv(path);
    for (const column of columns)
      tables.push({ name: `${file} by ${column}`, rows, options: { target, ignore, split: `column:${column}`, trees: 50 } });
  }
  return tables;
};

/** Tasks of workflow executions as a table, with whole families or executions held out. */
export const workflowTables = (instances: readonly { name: string; document: unknown }[]): Table[] => {
  const rows = instances.flatMap(({ name, document }) =>
    wfformatRecords(document, name).map(({ run, inputBytes, ...record }): Row => {
      const family = name.split("-")[0];
      return { ...record, bytes: inputBytes, family, run };
    }),
  );
  const options = { target: "seconds", size: "bytes", ignore: ["peakMemoryBytes"], trees: 50 };
  return [
    { name: "tasks of unseen families", rows, options: { ...options, ignore: [...options.ignore, "run"], split: "column:family" } },
    { name: "tasks of unseen executions", rows, options: { ...options, ignore: [...options.ignore, "family"], split: "column:run" } },
  ];
};

/** Rows of types a minute apart; `next` gives the logarithm of a type's next value. */
const series = (seed: number, types: number, count: number, next: (before: number, draw: number, share: number) => number): Row[] => {
  const prng = new Prng(seed);
  const levels = Array.from({ length: types }, (_, type) => 1 + (type % 3));
  return repeat(count, (row) => {
    const type = prng.below(types);
    levels[type] = next(levels[type] as number, normal(prng), row / count);
    const seconds = Math.exp((levels[type] as number) + 0.1 * normal(prng));
    return { task: `t${type}`, started: iso(BEGAN + 60_000 * row), seconds };
  });
};

interface Grouped {
  readonly groups: number;
  readonly each: number;
  /** How much of the groups' level a column tells, how much none does, and how much rows of one group differ. */
  readonly told: number;
  readonly untold: number;
  readonly within: number;
}

/** Groups of rows, of which a column tells a part. */
const grouped = (seed: number, { groups, each, told, untold, within }: Grouped): Row[] => {
  const prng = new Prng(seed);
  return Array.from({ length: groups }, (_, group) => {
    const [speed, secret, color] = [normal(prng), normal(prng), prng.below(5)];
    return repeat(each, () => {
      const load = normal(prng);
      const seconds = Math.exp(1 + told * speed + untold * secret + within * (0.5 * load + normal(prng)));
      return { host: `h${group}`, speed: speed.toFixed(3), load: load.toFixed(3), color: `c${color}`, seconds };
    });
  }).flat();
};

/** Kinds of work that grow with their input, with holes, odd cells and names that say nothing. */
const messy = (seed: number, count: number, { holes = 0, noise = 0.3, epoch = false }): Row[] => {
  const prng = new Prng(seed);
  return repeat(count, (row) => {
    const kind = prng.below(6);
    const size = Math.exp(10 + 4 * prng.next());
    const slow = prng.below(2);
    const seconds = (size / 1e4) * (1 + 3 * slow * +(kind > 3)) * Math.exp(noise * (1 + kind / 3) * normal(prng));
    const at = BEGAN + (row * DAY) / 200;
    const hole = (value: string | number): string | number => (prng.next() < holes ? "NA" : value);
    return {
      at: epoch ? Math.round(at / 1000) : iso(at),
      kind: `k${kind}`,
      machine: hole(slow ? "slow" : "fast"),
      bytes: hole(Math.round(size)),
      user: `u${prng.below(count)}`,
      seconds: prng.next() < holes ? "" : seconds,
    };
  });
};

/** Tables of what is known to be difficult, made from a seed. */
export const generatedTables = (seed: number): Table[] => {
  const inTime = { target: "seconds", group: "task", time: "started", trees: 30 };
  const byHost = { target: "seconds", split: "column:host" as const, trees: 50 };
  const work = { target: "seconds", group: "kind", size: "bytes", time: "at", trees: 50 };
  const prng = new Prng(seed, 7);
  const spread = repeat(1500, () => {
    const [x, z] = [prng.next(), prng.next()];
    return { x, z, seconds: Math.exp(2 * x + (0.1 + 1.5 * z) * normal(prng)) };
  });
  const twice = messy(seed + 5, 400, {});
  return [
    { name: "mean-reverting, 12 types", rows: series(seed, 12, 2400, (was, draw) => 0.95 * was + 0.2 * draw), options: inTime },
    { name: "mean-reverting, 4 types", rows: series(seed + 1, 4, 1200, (was, draw) => 0.95 * was + 0.2 * draw), options: inTime },
    { name: "random walks, 12 types", rows: series(seed, 12, 2400, (was, draw) => was + 0.04 * draw), options: inTime },
    { name: "random walks, 3 types", rows: series(seed + 1, 3, 1200, (was, draw) => was + 0.04 * draw), options: inTime },
    { name: "growth", rows: series(seed, 3, 1200, (was) => was + 2 / 1200), options: inTime },
    {
      name: "a change that came once",
      rows: series(seed, 3, 1200, (was, _, share) => (share > 0.5 && Number.isInteger(was) ? was + 1.5 : was)),
      options: inTime,
    },
    { name: "independent", rows: series(seed, 6, 1200, (was) => was), options: inTime },
    {
      name: "4 groups, told",
      rows: grouped(seed, { groups: 4, each: 150, told: 1, untold: 0.1, within: 0.3 }),
      options: byHost,
    },
    { name: "8 groups, untold", rows: grouped(seed, { groups: 8, each: 100, told: 0, untold: 1, within: 0.2 }), options: byHost },
    { name: "30 groups, half told", rows: grouped(seed, { groups: 30, each: 40, told: 0.7, untold: 0.7, within: 0.3 }), options: byHost },
    { name: "200 groups, told", rows: grouped(seed, { groups: 200, each: 8, told: 1, untold: 0.2, within: 0.3 }), options: byHost },
    { name: "30 rows in 6 groups", rows: grouped(seed, { groups: 6, each: 5, told: 0.5, untold: 0.5, within: 0.3 }), options: byHost },
    {
      name: "30 rows in order",
      rows: grouped(seed, { groups: 30, each: 1, told: 0.5, untold: 0.5, within: 0.3 }),
      options: { target: "seconds", trees: 50 },
    },
    { name: "spread by a column", rows: spread, options: { target: "seconds", split: "random", trees: 50 } },
    { name: "kinds, holes, ISO times", rows: messy(seed, 1500, { holes: 0.2 }), options: work },
    { name: "kinds, epoch times", rows: messy(seed + 1, 1500, { epoch: true }), options: work },
    { name: "names of every row", rows: messy(seed + 2, 800, {}), options: { target: "seconds", split: "random", trees: 50 } },
    { name: "rows doubled", rows: twice.flatMap((row) => [row, row]), options: work },
    {
      name: "constant",
      rows: messy(seed, 300, {}).map((row) => ({ ...row, seconds: 7 })),
      options: work,
    },
    {
      name: "zeros",
      rows: messy(seed + 3, 800, {}).map((row) => ({ ...row, seconds: Math.floor(Number(row.seconds)) })),
      options: work,
    },
  ];
};
