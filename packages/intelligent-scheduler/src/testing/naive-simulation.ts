import { type Demand, type OrderPolicy, olderFirst, type Ranked, standingScore } from "../order.ts";
import { RemainingWork } from "../remaining-work.ts";
import { LOOKAHEAD, PATIENCE_MS } from "../run-queue.ts";
import type { SimulatedRun, SimulatedSchedule } from "../simulate/simulate.ts";
import { sizeOf } from "../task-graph.ts";

interface NaiveRun {
  readonly demand: Demand;
  readonly ranked: Ranked;
  readonly input: SimulatedRun;
  readonly work: RemainingWork;
  readonly readyAt: number[];
  readonly starts: number[];
  readonly ends: number[];
  readonly done: boolean[];
}

/**
 * What `simulate` is held against: the same rules without any data structure. At each moment it looks at every task of every run, computes
 * every score anew and starts the first task that fits.
 */
export const naiveSimulation = (
  inputs: readonly SimulatedRun[],
  pools: readonly number[],
  policy: OrderPolicy,
): readonly SimulatedSchedule[] => {
  const runs = inputs.map(naiveRun);
  const blocked: ({ run: NaiveRun; task: number; since: number } | undefined)[] = pools.map(() => undefined);
  const starts: [run: NaiveRun, task: number][] = [];
  for (let now = nextMoment(runs, -1); now < Number.POSITIVE_INFINITY; now = nextMoment(runs, now)) {
    for (const [run, task] of starts) {
      if (run.done[task] || run.ends[task] !== now) continue;
      run.done[task] = true;
      run.work.ended(task, run.input.workflow.seconds[task]!);
    }
    for (const run of runs) markReady(run, now);
    for (const [pool, slots] of pools.entries()) fill(pool, slots, now);
  }
  return runs.map(({ input, starts, ends }) => ({
    starts: Float64Array.from(starts),
    endedAt: ends.length > 0 ? Math.max(...ends) : input.at,
  }));

  function fill(pool: number, slots: number, now: number): void {
    const passed = new Set<NaiveRun>();
    for (;;) {
      const free = slots - slotsTaken(runs, pool);
      const first = firstOf(runs, pool, slots, passed, now);
      if (!first || free === 0) return;
      const { run, task } = first;
      if (slotsOf(run, task) <= free) {
        if (blocked[pool]?.run === run && blocked[pool]?.task === task) blocked[pool] = undefined;
        run.starts[task] = now;
        run.work.started(task, now);
        run.ends[task] = now + 1000 * run.input.workflow.seconds[task]!;
        starts.push([run, task]);
        continue;
      }
      const same = blocked[pool]?.run === run && blocked[pool]?.task === task;
      if (!same && passed.size === 0) blocked[pool] = { run, task, since: now };
      if ((same && now - blocked[pool]!.since > PATIENCE_MS) || passed.size >= LOOKAHEAD) return;
      passed.add(run);
    }
  }

  function firstOf(all: readonly NaiveRun[], pool: number, slots: number, passed: ReadonlySet<NaiveRun>, now: number) {
    let best: { run: NaiveRun; task: number; score: number } | undefined;
    for (const run of all) {
      const task = headOf(run, pool, now);
      if (task === undefined || passed.has(run)) continue;
      const score = standingScore(policy, { demand: run.demand, ranked: run.ranked, task, slots }, now);
      if (!best || score < best.score || (score === best.score && olderFirst(run.demand, best.run.demand))) best = { run, task, score };
    }
    return best;
  }

  function headOf(run: NaiveRun, pool: number, now: number): number | undefined {
    let head: number | undefined;
    for (let task = 0; task < run.starts.length; task++) {
      const waits = run.readyAt[task]! <= now && Number.isNaN(run.starts[task]!) && (run.input.workflow.pools?.[task] ?? 0) === pool;
      if (waits && (head === undefined || policy.taskBefore(run.ranked, task, head))) head = task;
    }
    return head;
  }
};

const slotsOf = (run: NaiveRun, task: number): number => run.input.workflow.slots?.[task] ?? 1;

const slotsTaken = (runs: readonly NaiveRun[], pool: number): number => {
  let taken = 0;
  for (const run of runs) {
    for (let task = 0; task < run.starts.length; task++) {
      const inPool = (run.input.workflow.pools?.[task] ?? 0) === pool;
      if (inPool && !Number.isNaN(run.starts[task]!) && !run.done[task]) taken += slotsOf(run, task);
    }
  }
  return taken;
};

const markReady = (run: NaiveRun, now: number): void => {
  const { needsAt, needs } = run.input.workflow.ranks.graph;
  if (run.input.at > now) return;
  for (let task = 0; task < run.readyAt.length; task++) {
    if (run.readyAt[task]! < Number.POSITIVE_INFINITY) continue;
    const parents = needs.subarray(needsAt[task], needsAt[task + 1]);
    if (parents.every((parent) => run.done[parent])) run.readyAt[task] = now;
  }
};

const nextMoment = (runs: readonly NaiveRun[], now: number): number => {
  let next = Number.POSITIVE_INFINITY;
  for (const { input, ends, done } of runs) {
    if (input.at > now) next = Math.min(next, input.at);
    for (const [task, end] of ends.entries()) if (!done[task] && end >= now) next = Math.min(next, end);
  }
  return next;
};

const naiveRun = (input: SimulatedRun, index: number): NaiveRun => {
  const { ranks } = input.workflow;
  const size = sizeOf(ranks.graph);
  const work = new RemainingWork(input.forecast);
  const readyAt = new Array<number>(size).fill(Number.POSITIVE_INFINITY);
  return {
    input,
    work,
    readyAt,
    starts: new Array<number>(size).fill(Number.NaN),
    ends: new Array<number>(size).fill(Number.NaN),
    done: new Array<boolean>(size).fill(false),
    demand: {
      run: String(index).padStart(9, "0"),
      workflow: input.workflow.name,
      priority: input.priority ?? 5,
      createdAt: input.at,
      work,
      ...(input.deadlineAt === undefined ? {} : { deadlineAt: input.deadlineAt }),
    },
    ranked: {
      byRank: input.byRank ?? true,
      priority: (task) => ranks.priorities[task]!,
      rank: (task) => ranks.declared[task]!,
      forecastRank: (task) => input.forecast.rank[task]!,
      readyAt: (task) => readyAt[task]!,
      firstOf: (task) => work.firstOf(task),
      downstream: (task) => ranks.downstream[task]!,
      upstream: (task) => ranks.upstream[task]!,
    },
  };
};
