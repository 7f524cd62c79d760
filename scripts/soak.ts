// Lives through many seeds: `npm run soak -- --seeds 10000 --from 1`, or replays one: `--seed 7 --trace`.
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import type { Aim, Fault } from "@qmoi/simulator";
import { matrixOf, printMatrix } from "../test/simulation/support/matrix.ts";
import { describeViolation, type Layout, runSeeds, type SeedsTask, sumOf } from "../test/simulation/support/run-seeds.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "10000" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
    threads: { type: "string", default: String(Math.max(2, Math.min(4, availableParallelism()))) },
    layout: { type: "string" },
    functions: { type: "boolean", default: false },
    tasks: { type: "string" },
    faults: { type: "string" },
    most: { type: "string" },
    aim: { type: "string", multiple: true },
    "no-people": { type: "boolean", default: false },
    drop: { type: "string", multiple: true },
    matrix: { type: "boolean", default: false },
    trace: { type: "boolean", default: false },
  },
});

const single = values.seed !== undefined;
const from = Number(values.seed ?? values.from);
const seeds = single ? 1 : Number(values.seeds);
const common: Omit<SeedsTask, "from" | "seeds" | "layout"> = {
  ...(values.tasks === undefined ? {} : { tasks: Number(values.tasks) }),
  ...(values.faults === undefined ? {} : { only: values.faults.split(",").filter((fault) => fault !== "none") as Fault[] }),
  ...(values.most === undefined ? {} : { most: Number(values.most) }),
  ...(values.aim ? { aims: values.aim.map((aim) => aim.split("@") as unknown as Aim) } : {}),
  ...(values["no-people"] ? { meddling: false } : {}),
  ...(values.functions ? { functions: true } : {}),
  ...(values.drop ? { dropped: values.drop } : {}),
  ...(single ? { tries: 0 } : {}),
};
// Half of the threads lay runs out over many small items.
const threads = single ? 1 : Number(values.threads);
const layouts: Layout[] = values.layout === undefined ? ["full", "small"] : [values.layout as Layout];
const share = Math.ceil(seeds / threads);
const tasks: SeedsTask[] = Array.from({ length: threads }, (_, n) => ({
  ...common,
  from: from + n * share,
  seeds: Math.max(0, Math.min(share, seeds - n * share)),
  layout: layouts[n % layouts.length] as Layout,
}));
let done = 0;
const results = await runSeeds(
  tasks.map((task) => [task]),
  () => {
    done++;
    if (done % 500 === 0) process.stderr.write(`${done} of ${seeds} seeds\n`);
  },
);
const result = sumOf(results.map(([, each]) => each));
const matrix = matrixOf(result.faults);
if (values.matrix) process.stdout.write(`${printMatrix(matrix)}\n`);
for (const violation of result.violations)
  process.stdout.write(`${describeViolation(violation, values.trace ? Number.POSITIVE_INFINITY : undefined)}\n`);
const faults = Object.values(result.faults)
  .flatMap((places) => Object.values(places))
  .reduce((a, b) => a + b, 0);
const rate = (result.seeds / result.seconds).toFixed(1);
process.stdout.write(
  `${result.seeds} seeds, ${result.steps} steps, ${result.tasks} tasks, ${faults} faults, ${Math.round(result.virtualSeconds / 3600)} virtual hours in ${result.seconds.toFixed(0)} s (${rate} seeds a second): ${result.violations.length} violations\n`,
);
process.exitCode = result.violations.length > 0 ? 1 : 0;
