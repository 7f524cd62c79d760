import { quantileOf } from "@qmoi/forecast";
import type { OrderPolicy } from "../order.ts";
import { prepareWorkflow } from "../simulate/prepare-workflow.ts";
import { type SimulatedRun, simulate } from "../simulate/simulate.ts";
import { type RecordedRun, type RecordedTask, secondsOf } from "./recorded.ts";
import { medianOf, sortedOf } from "./statistics.ts";

/** What a simulation of recorded runs comes to, in seconds. */
export interface Replayed {
  /** From arrival to end, over all runs. */
  readonly sum: number;
  readonly mean: number;
  /** Each run counted by its weight. */
  readonly weighted: number;
  readonly p95: number;
  /** Runs that missed their deadline. */
  readonly late: number;
  /** By pool, what its tasks waited from ready to started, in all. */
  readonly waited: ReadonlyMap<string, number>;
}

/** The same runs, to be simulated under one setting after another. */
export class Replay {
  readonly runs: number;
  readonly tasks: number;
  /** From the first arrival to the last end. */
  readonly days: number;
  readonly #runs: readonly RecordedRun[];
  readonly #pools: readonly string[];
  readonly #slots: ReadonlyMap<string, number>;
  readonly #simulated: readonly SimulatedRun[];
  readonly #weightOf: (priority: number) => number;

  /** @param slots of each pool now; a pool that is not named has as many as its largest task takes */
  constructor(runs: readonly RecordedRun[], slots: ReadonlyMap<string, number>, weightOf: (priority: number) => number) {
    this.#runs = [...runs].sort((a, b) => a.arrivedAt - b.arrivedAt);
    this.#weightOf = weightOf;
    const tasks = this.#runs.flatMap((run) => run.tasks);
    this.#pools = [...new Set(tasks.map(poolOf))].sort();
    const largest = new Map<string, number>();
    for (const task of tasks) largest.set(poolOf(task), Math.max(largest.get(poolOf(task)) ?? 1, task.slots));
    const slotsOf = (pool: string): number => (pool === NO_POOL ? UNBOUNDED : Math.max(slots.get(pool) ?? 1, largest.get(pool) ?? 1));
    this.#slots = new Map(this.#pools.map((pool) => [pool, slotsOf(pool)]));
    this.runs = this.#runs.length;
    this.tasks = tasks.length;
    const first = this.#runs[0]?.arrivedAt ?? 0;
    this.days = (Math.max(first, ...this.#runs.map(({ endedAt }) => endedAt)) - first) / DAY_MS;
    this.#simulated = this.#prepare();
  }

  /** Slots of each pool in which something ran. */
  get pools(): ReadonlyMap<string, number> {
    return new Map([...this.#slots].filter(([pool]) => pool !== NO_POOL));
  }

  /** Plays all of them under a policy, with other slots where some are given. */
  play(policy: OrderPolicy, slots: ReadonlyMap<string, number> = new Map()): Replayed {
    const pools = this.#pools.map((pool) => slots.get(pool) ?? (this.#slots.get(pool) as number));
    const schedules = simulate({ runs: this.#simulated, pools, steering: { policy } });
    const waited = new Map(this.#pools.map((pool) => [pool, 0]));
    const took: number[] = [];
    let [weighted, weights, late] = [0, 0, 0];
    for (const [index, { starts, endedAt }] of schedules.entries()) {
      const run = this.#runs[index] as RecordedRun;
      const seconds = (endedAt - run.arrivedAt) / 1000;
      took.push(seconds);
      weighted += this.#weightOf(run.priority) * seconds;
      weights += this.#weightOf(run.priority);
      if (run.deadlineAt !== undefined && endedAt > run.deadlineAt) late++;
      for (const [task, recorded] of run.tasks.entries()) {
        const [pool, ready] = [poolOf(recorded), this.#readyAt(index, task, starts)];
        waited.set(pool, (waited.get(pool) as number) + ((starts[task] as number) - ready) / 1000);
      }
    }
    const sum = took.reduce((total, seconds) => total + seconds, 0);
    return {
      sum,
      mean: sum / took.length,
      weighted: weighted / weights,
      p95: quantileOf(sortedOf(took), 0.95),
      late,
      waited,
    };
  }

  #readyAt(run: number, task: number, starts: Float64Array): number {
    const { arrivedAt, tasks } = this.#runs[run] as RecordedRun;
    let ready = arrivedAt;
    for (const need of tasks[task]?.needs ?? [])
      ready = Math.max(ready, (starts[need] as number) + 1000 * secondsOf(tasks[need] as (typeof tasks)[number]));
    return ready;
  }

  /** Policies are told what tasks of a type take typically, not what this one took. */
  #prepare(): SimulatedRun[] {
    const byType = new Map<string, number>();
    const ran = this.#runs.flatMap((run) => run.tasks).filter(({ attempts }) => attempts.length > 0);
    for (const [type, members] of Map.groupBy(ran, (task) => task.type)) byType.set(type, medianOf(members.map(secondsOf)));
    const told = {
      poolOf: (task: RecordedTask) => this.#pools.indexOf(poolOf(task)),
      secondsOf,
      expectedOf: ({ type, attempts }: RecordedTask) => (attempts.length === 0 ? 0 : (byType.get(type) ?? 1)),
      sizes: this.#pools.map((pool) => this.#slots.get(pool) as number),
    };
    return this.#runs.map((run) => {
      const { arrivedAt, priority, deadlineAt } = run;
      const prepared = prepareWorkflow(run.workflow, run.tasks, told);
      return { ...prepared, at: arrivedAt, priority, ...(deadlineAt === undefined ? {} : { deadlineAt }) };
    });
  }
}

const DAY_MS = 86_400_000;
/** What never ran takes no slot: it was skipped, or stands for its instances. No pool has this name. */
const NO_POOL = "";
const UNBOUNDED = 2 ** 30;
const poolOf = ({ pool, attempts }: RecordedTask): string => (attempts.length === 0 ? NO_POOL : pool);
