import { SystemClock, settle } from "@qmoi/adapters";
import { QmoiError } from "@qmoi/core";
import {
  CALL_FAULTS,
  type Fault,
  type FoundViolation,
  policyNamed,
  type SeedOptions,
  type SimulateResult,
  simulateSeed,
  simulateSeeds,
  WORLD_FAULTS,
} from "@qmoi/simulator";
import { type Cli, printJson } from "../cli.ts";
import type { SimulateOptions } from "../commands/simulate.ts";
import { FailedWork, Interrupted } from "../errors.ts";
import { duration, oneLine, plural } from "../format.ts";
import { given } from "../options.ts";
import { ownWorkflows } from "./own-workflows.ts";

const FAULTS: readonly Fault[] = [...CALL_FAULTS, ...WORLD_FAULTS];
/** Lines of a violation's trace that a person sees; JSON has all. */
const SHOWN_LINES = 60;
const PROGRESS_MS = 200;

/** `qmoi simulate --seeds …`: worlds with faults. */
export const simulateFaults = async (cli: Cli, options: SimulateOptions): Promise<void> => {
  const common = worldOf(options);
  if (options.trace) return traceSeed(cli, options, common);
  const seeds = options.seeds ?? (options.seed === undefined ? 100 : 1);
  const from = options.seed ?? 1;
  const clock = new SystemClock();
  let done = 0;
  let told = 0;
  const result = await simulateSeeds({
    ...common,
    from,
    seeds,
    clock,
    settle,
    progress: async () => {
      done++;
      await new Promise((resolve) => void setImmediate(resolve));
      if (cli.signal.aborted) throw new Interrupted();
      if (!cli.io.live || clock.monotonic() - told < PROGRESS_MS) return;
      told = clock.monotonic();
      cli.io.err(`\r\u001b[K${done} of ${plural(seeds, "seed")}`);
    },
  });
  if (cli.io.live) cli.io.err("\r\u001b[K");
  const violations = result.violations.map((violation) => ({ ...violation, replay: replayCommand(options, violation) }));
  if (options.json) printJson(cli.io, { ...result, violations });
  else tell(cli, { ...result, violations });
  if (violations.length > 0) throw new FailedWork();
};

const worldOf = (options: SimulateOptions): Omit<SeedOptions, "seed" | "settle"> => {
  const { tasks, most, people } = options;
  const slots = options.slots && single(options.slots, "--slots");
  const policy = options.policy === undefined ? undefined : policyNamed(single(options.policy.split(","), "--policy")).name;
  const workflows = options.workflow && ownWorkflows(options.workflow, options);
  return { ...given({ slots, policy, tasks, most, workflows }), ...faultsOf(options.faults), ...(people ? {} : { meddling: false }) };
};

/** A world has one of each; only what if compares several. */
const single = <T>(values: readonly T[], path: string): T => {
  const [value, ...more] = values;
  if (more.length === 0) return value as T;
  throw new QmoiError("QMOI_USAGE", `${path} lists several: worlds with faults take one.`, {
    path,
    remedy: "Leave --seeds, --seed and --faults out to compare them on your own work.",
  });
};

/** Names, families (`crash` is all that begin with `crash-`) and rates. */
const faultsOf = (list: string | undefined): Pick<SeedOptions, "only" | "rates"> => {
  if (list === undefined) return {};
  const only: Fault[] = [];
  const rates: Partial<Record<Fault, number>> = {};
  for (const part of list === "none" ? [] : list.split(",")) {
    const [name = "", text] = part.trim().split("=");
    const named = FAULTS.filter((fault) => fault === name || fault.startsWith(`${name}-`));
    const rate = Number(text);
    if (named.length === 0 || text === "" || !(text === undefined || (rate >= 0 && rate <= 1)))
      throw new QmoiError("QMOI_USAGE", `\`${part}\` is no fault with a rate from 0 to 1.`, {
        path: "--faults",
        remedy: `Faults: ${FAULTS.join(", ")}.`,
      });
    only.push(...named);
    if (text !== undefined) for (const fault of named) rates[fault] = rate;
  }
  return { only, rates };
};

/** One world, told as it happens. */
const traceSeed = async (cli: Cli, options: SimulateOptions, common: Omit<SeedOptions, "seed" | "settle">): Promise<void> => {
  if (options.seed === undefined || options.seeds !== undefined)
    throw new QmoiError("QMOI_USAGE", "--trace tells one world: give it with --seed.", {
      path: "--trace",
      remedy: "Write --seed <n> --trace.",
    });
  const { violation, steps, tasks } = await simulateSeed({
    ...common,
    seed: options.seed,
    settle,
    trace: (line) => cli.io.out(`${line}\n`),
  });
  cli.io.err(`${plural(steps, "step")}, ${plural(tasks, "task")}\n`);
  if (!violation) return;
  cli.io.err(`${cli.io.errStyle.red(violation.invariant)}: ${violation.message}\n`);
  throw new FailedWork();
};

const replayCommand = (options: SimulateOptions, { replay }: FoundViolation): string => {
  const own = [
    ...(options.workflow ?? []).map((file) => `--workflow ${file}`),
    ...(options.input ?? []).map((pair) => `--input '${pair}'`),
    ...(options.inputs === undefined ? [] : [`--inputs ${options.inputs}`]),
  ];
  return ["qmoi simulate", replay, ...own, "--trace"].join(" ");
};

const tell = ({ io }: Cli, { seeds, steps, tasks, faults, violations, seconds, virtualSeconds }: SimulateResult): void => {
  for (const { seed, invariant, message, replay, trace } of violations) {
    io.out(`${io.style.red("✗")} seed ${seed} breaks ${io.style.bold(invariant)}: ${message}\n`);
    if (trace.length > SHOWN_LINES) io.out(io.style.dim(`  … ${plural(trace.length - SHOWN_LINES, "line")} before\n`));
    for (const line of trace.slice(-SHOWN_LINES)) io.out(`  ${io.style.dim(oneLine(line, io.columns - 2))}\n`);
    io.out(`replay: ${io.style.bold(replay)}\n\n`);
  }
  const hits = Object.entries(faults).map(([fault, places]) => [fault, Object.values(places).reduce((a, b) => a + b, 0)] as const);
  const total = hits.reduce((sum, [, count]) => sum + count, 0);
  const mark = violations.length === 0 ? io.style.green("✓") : io.style.red("✗");
  io.out(`${mark} ${plural(seeds, "seed")}, ${plural(violations.length, "violation")}\n`);
  io.out(
    `  ${plural(tasks, "task")}, ${plural(steps, "step")}, ${duration(virtualSeconds * 1000)} of the worlds' time in ${duration(seconds * 1000)}\n`,
  );
  io.out(`  ${plural(total, "fault")}: ${hits.map(([fault, count]) => `${fault} ${count}`).join(", ")}\n`);
};
