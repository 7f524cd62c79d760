import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { readOptions } from "../../scripts/read-options.ts";
import { CONTESTANTS, chosen } from "./schedule/contestants.ts";
import { fixed, leaveOneOut, type Told } from "./schedule/forecasts.ts";
import { readInstances } from "./schedule/instances.ts";
import { playCells } from "./schedule/play-cells.ts";
import { plot } from "./schedule/plot.ts";
import { report } from "./schedule/report.ts";
import { type SingleRow, single } from "./schedule/single.ts";
import { summarize } from "./schedule/summary.ts";
import { type SingleGain, sharedGains, singleGain } from "./schedule/targets.ts";
import { trialsOf } from "./schedule/trials.ts";

const HELP = `What the order of work is worth, on recorded executions of workflows (WfFormat 1.5, 1.6), simulated by the policies and the queue that the
engine uses. Forecasts of an execution come from all other executions; the oracles know the truth. Whether ranks pay is told by other executions of the
same workflow, as if they had ended before, by forecasts that know neither of them.

  single   one workflow alone: makespan over its lower bound and over tasks in the order of their readiness
  shared   workflows arrive as a Poisson process on shared slots, all policies on the same streams, until all has drained; figures are
           relative to workflow FIFO
  errors   the same with forecasts that are wrong: noise, and the worst that can be told

  npm run bench:schedule -- --wfformat DIR [--slots 4,8,16] [--load 0.7,0.9] [--arrivals 200] [--seeds 20] [--policies fast,fair]
                            [--threads N] [--svg FILE] [--json]`;

const { values, refuse } = readOptions(HELP, {
  wfformat: { type: "string" },
  slots: { type: "string", default: "4,8,16" },
  load: { type: "string", default: "0.7,0.9" },
  arrivals: { type: "string", default: "200" },
  seeds: { type: "string", default: "20" },
  policies: { type: "string", default: CONTESTANTS.map(({ name }) => name).join(",") },
  threads: { type: "string", default: String(availableParallelism()) },
  svg: { type: "string" },
  json: { type: "boolean", default: false },
});

/** Two groups of them are left out at a time, and one has to stay. */
const LEAST_TRIED = 3;

const numbers = (name: "slots" | "load" | "arrivals" | "seeds" | "threads", fits: (value: number) => boolean): number[] => {
  const list = values[name].split(",").map(Number);
  if (!list.every(fits)) refuse(`--${name} ${values[name]}: expected numbers in range, separated by commas.`);
  return list;
};
const positive = (value: number): boolean => Number.isInteger(value) && value > 0;

const began = performance.now();
const progress = (what: string, of: number) => (done: number) =>
  process.stderr.write(`\r${what}: ${done} of ${of}${done === of ? ` (${Math.round((performance.now() - began) / 1000)} s)\n` : ""}`);

const folder = values.wfformat ?? refuse("--wfformat DIR: expected a folder of WfFormat instances.");
const slots = numbers("slots", positive);
const loads = numbers("load", (value) => value > 0);
const [arrivals = 200] = numbers("arrivals", positive);
const [seeds = 20] = numbers("seeds", positive);
const [threads = 1] = numbers("threads", positive);
const contestants = chosen(values.policies.split(","));

const { instances, skipped } = readInstances(folder);
for (const { file, reason } of skipped) process.stderr.write(`${file} is left out: ${reason}\n`);
if (instances.length < 2) refuse(`${folder} has ${instances.length} usable instances; leaving one out takes two.`);

const forecasts = leaveOneOut(instances, progress("forecasts", instances.length));
const trials = instances.length < LEAST_TRIED ? [] : trialsOf(instances, slots, (done, of) => progress("replays of others", of)(done));
const learned = forecasts.map((told, index): Told => ({ ...told, ...(trials[index] && { trials: trials[index] }) }));
const oracles = {
  forecast: fixed(instances, (_, index) => learned[index] ?? { seconds: [] }),
  truth: fixed(instances, ({ workflow }) => workflow),
};

const singles: SingleRow[] = [];
const makespan: SingleGain[] = [];
for (const each of slots) {
  const { rows, ratios } = single(instances, each, contestants, oracles);
  singles.push(...rows);
  const gain = singleGain(each, ratios);
  if (gain) makespan.push(gain);
}

const cells = slots.flatMap((each) =>
  loads.flatMap((load) => Array.from({ length: seeds }, (_, seed) => ({ slots: each, load, arrivals, seed: seed + 1 }))),
);
const policies = contestants.map(({ name }) => name);
const played = await playCells(cells, threads, { folder, learned, policies }, progress("streams", cells.length));
const { shared, errors } = summarize(played);

const result = {
  instances: instances.length,
  skipped,
  arrivals,
  seeds,
  seconds: Math.round((performance.now() - began) / 1000),
  single: singles,
  shared,
  errors,
  gains: { shared: sharedGains(shared, errors), makespan },
};
if (values.svg !== undefined) writeFileSync(values.svg, plot(shared));
process.stdout.write(values.json ? `${JSON.stringify(result, null, 2)}\n` : report(result));
