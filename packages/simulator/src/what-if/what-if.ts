import { QmoiError } from "@qmoi/core";
import { type OrderPolicy, type PreparedWorkflow, prepareWorkflow, type SimulatedRun, simulate } from "@qmoi/intelligent-scheduler";
import { type Figures, figuresOf, type Span } from "./figures.ts";
import type { PlayedRun, PlayedTask } from "./played.ts";

export interface WhatIf {
  readonly runs: readonly PlayedRun[];
  /** Slots by pool. */
  readonly pools: Readonly<Record<string, number>>;
  readonly policy: OrderPolicy;
  /** Seconds that the policy expects of a task; what its author expects otherwise. */
  readonly expected?: (task: PlayedTask) => number;
}

/** What became of the runs, and of each of their tasks. */
export interface WhatIfAnswer extends Figures {
  readonly policy: string;
  readonly pools: Readonly<Record<string, number>>;
  readonly spans: readonly Span[];
}

/**
 * Plays runs through pools under a policy. It is the policy-level simulation: the scheduler's own queue and policies, told what is expected,
 * while each task takes what it takes, succeeds, and starts as soon as a slot is given to it. Errors: QMOI_INVALID_INPUT for a task that no
 * pool can hold.
 */
export const whatIf = ({ runs, pools, policy, expected = ({ estimate }) => estimate }: WhatIf): WhatIfAnswer => {
  const names = Object.keys(pools);
  const sizes = Object.values(pools);
  const workflows = new Map<readonly PlayedTask[], PreparedWorkflow>();
  const ordered = [...runs].sort((a, b) => a.at - b.at);
  const simulated = ordered.map((run): SimulatedRun => {
    let prepared = workflows.get(run.tasks);
    if (!prepared) {
      prepared = prepareWorkflow(run.workflow, run.tasks, {
        poolOf: (task) => poolOf(run.workflow, task, names, sizes),
        secondsOf: ({ seconds }) => seconds,
        expectedOf: expected,
        sizes,
      });
      workflows.set(run.tasks, prepared);
    }
    const { at, priority, deadlineAt } = run;
    return { ...prepared, name: run.run, at, priority, ...(deadlineAt === undefined ? {} : { deadlineAt }) };
  });
  const schedules = simulate({ runs: simulated, pools: sizes, steering: { policy } });
  const spans = ordered.flatMap((run, n) => spansOf(run, schedules[n]?.starts as Float64Array));
  return { policy: policy.name, pools, spans, ...figuresOf(ordered, spans, pools) };
};

const poolOf = (workflow: string, task: PlayedTask, names: readonly string[], sizes: readonly number[]): number => {
  const pool = names.indexOf(task.pool);
  const size = sizes[pool] ?? 0;
  if (task.slots <= size) return pool;
  const has = pool < 0 ? "which has no size here" : `which has ${size}`;
  throw new QmoiError(
    "QMOI_INVALID_INPUT",
    `Task "${task.name}" of ${workflow} takes ${task.slots} slots of pool "${task.pool}", ${has}.`,
    {
      path: `pools.${task.pool}`,
      remedy: "Give the pool more slots.",
    },
  );
};

const spansOf = (run: PlayedRun, starts: Float64Array): Span[] => {
  const ends = run.tasks.map(({ seconds }, task) => (starts[task] as number) + 1000 * seconds);
  return run.tasks.map((task, n): Span => {
    const readyAt = task.needs.reduce((latest, need) => Math.max(latest, ends[need] as number), run.at);
    return { run: run.run, workflow: run.workflow, task, readyAt, startedAt: starts[n] as number, endedAt: ends[n] as number };
  });
};
