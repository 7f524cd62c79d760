// Lives through many seeds: `npm run soak -- --seeds 10000 --from 1`, or replays one: `--seed 7 --trace`. Exit code 1 if an invariant broke.
import { availableParallelism } from "node:os";
import type { Aim, Fault } from "@qmoi/simulator";
import { matrixOf, printMatrix } from "../test/simulation/support/matrix.ts";
import { describeViolation, type Layout, type SeedsTask, sumOf } from "../test/simulation/support/run-seeds.ts";
import { portions, SeedsThreads } from "../test/simulation/support/seeds-threads.ts";
import { readOptions } from "./read-options.ts";

const HELP = `npm run soak -- [--seeds 10000] [--from 1] [--threads N] [--json]    many worlds, a tenth of them as functions
npm run soak -- --seed N [--trace]                                   one world again
  --layout full|small   runs in few large items, or in many small ones; half of the worlds each otherwise
  --functions           all as functions
  --tasks N, --faults a,b, --most N, --aim fault@file:line, --no-people, --drop site    as a violation's replay says`;

/** Worlds that one thread takes at a time, and after how many it is told how far it is. */
const PORTION = 50;
const PROGRESS = 250;

const { values } = readOptions(HELP, {
  seeds: { type: "string", default: "10000" },
  from: { type: "string", default: "1" },
  seed: { type: "string" },
  threads: { type: "string", default: String(availableParallelism()) },
  layout: { type: "string" },
  functions: { type: "boolean", default: false },
  tasks: { type: "string" },
  faults: { type: "string" },
  most: { type: "string" },
  aim: { type: "string", multiple: true },
  "no-people": { type: "boolean", default: false },
  drop: { type: "string", multiple: true },
  json: { type: "boolean", default: false },
  trace: { type: "boolean", default: false },
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
  ...(single ? { tries: 0 } : { violations: PORTION }),
};
// Half of the worlds lay runs out over many small items. Who is done with a portion takes the next one.
const layouts: Layout[] = values.layout === undefined && !single ? ["full", "small"] : [(values.layout ?? "full") as Layout];
const layoutOf = (n: number): Layout => layouts[n % layouts.length] as Layout;
const count = single ? 1 : Math.max(layouts.length, Number(values.threads));
const threads = new SeedsThreads(
  Array.from({ length: count }, (_, n) => layoutOf(n)),
  single,
);
const tasks = portions({ ...common, from, seeds, layout: layoutOf(0) }, Math.min(PORTION, Math.ceil(seeds / count))).map((task, n) => ({
  ...task,
  layout: layoutOf(n),
  ...(!single && n % 20 >= 18 ? { functions: true } : {}),
}));
const began = performance.now();
const elapsed = (): number => (performance.now() - began) / 1000;
let done = 0;
const results = await threads.run(tasks, () => {
  done++;
  if (single || (done % PROGRESS !== 0 && done !== seeds)) return;
  const left = ((elapsed() / done) * (seeds - done)) / 60;
  process.stderr.write(`${done} of ${seeds} seeds, ${(done / elapsed()).toFixed(1)} a second, ${left.toFixed(1)} min left\n`);
});
await threads.close();
const { violations, ...sums } = sumOf(results.map(([, each]) => each));
const faults = Object.values(sums.faults)
  .flatMap((places) => Object.values(places))
  .reduce((a, b) => a + b, 0);
const say = (text: string): void => void process.stdout.write(`${text}\n`);
if (values.json) say(JSON.stringify({ ...sums, seconds: elapsed(), violations }));
else {
  if (!single) say(printMatrix(matrixOf(sums.faults)));
  for (const violation of violations) say(describeViolation(violation, values.trace ? Number.POSITIVE_INFINITY : undefined));
  say(
    `${sums.seeds} seeds, ${sums.steps} steps, ${sums.tasks} tasks, ${faults} faults, ${Math.round(sums.virtualSeconds / 3600)} virtual hours in ${elapsed().toFixed(0)} s (${(sums.seeds / elapsed()).toFixed(1)} seeds a second): ${violations.length} violations`,
  );
}
process.exitCode = violations.length > 0 ? 1 : 0;
