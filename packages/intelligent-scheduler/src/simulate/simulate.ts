import type { Demand, OrderPolicy, Ranked } from "../order.ts";
import { RemainingWork } from "../remaining-work.ts";
import { type Outcome, RunQueue } from "../run-queue.ts";
import { sizeOf } from "../task-graph.ts";
import { TaskHeap } from "../task-heap.ts";
import type { WorkflowForecast } from "../workflow-forecast.ts";
import type { WorkflowRanks } from "../workflow-ranks.ts";
import { EventHeap } from "./event-heap.ts";

/** A workflow as it is simulated: its graph, and what its tasks take in truth. By task number. */
export interface SimulatedWorkflow {
  readonly name: string;
  readonly ranks: WorkflowRanks;
  readonly seconds: Float64Array;
  /** 1 where absent. */
  readonly slots?: Int32Array;
  /** Which of the simulation's pools, by its number there; the first where absent. */
  readonly pools?: Int32Array;
}

export interface SimulatedRun {
  /** Its name, by which equals are told apart and scores are computed out of step; its number where absent. */
  readonly name?: string;
  readonly workflow: SimulatedWorkflow;
  /** What the policy is told. */
  readonly forecast: WorkflowForecast;
  /** When it arrives, in ms. */
  readonly at: number;
  /** 5 where absent. */
  readonly priority?: number;
  readonly deadlineAt?: number;
  /** Whether the policy may order tasks by rank; true where absent. */
  readonly byRank?: boolean;
}

/** Says which policy is in force, and may learn from what tasks took. */
export interface Steering {
  readonly policy: OrderPolicy;
  /** A task has ended, the first of its kind in the run. */
  observe?(run: Demand): void;
}

export interface Simulation {
  /** By arrival. */
  readonly runs: readonly SimulatedRun[];
  /** Slots of each pool. A task that takes more than its pool has never starts. */
  readonly pools: readonly number[];
  readonly steering: Steering;
}

/** When each task of one run started and when the run ended, in ms; NaN for what never did. */
export interface SimulatedSchedule {
  readonly starts: Float64Array;
  readonly endedAt: number;
}

/**
 * Plays runs through pools of slots under a policy, by the same queue and the same policy that the engine's dispatcher uses, without the
 * engine: every task takes what the workflow says and succeeds, and deciding takes no time. What happens at one moment is known before
 * anything starts at it.
 */
export const simulate = (simulation: Simulation): SimulatedSchedule[] => new Player(simulation).play();

/** One run on its way. */
class Player {
  readonly #simulation: Simulation;
  readonly #queues: RunQueue<Run>[];
  readonly #free: number[];
  readonly #ends = new EventHeap();
  /** By number of start: the run and the task. */
  readonly #startedRuns: Run[] = [];
  readonly #startedTasks: number[] = [];
  #now = 0;

  constructor(simulation: Simulation) {
    const { pools, steering } = simulation;
    this.#simulation = simulation;
    this.#free = [...pools];
    this.#queues = pools.map(
      (slots, pool) =>
        new RunQueue<Run>({
          policy: () => steering.policy,
          slots: () => slots,
          next: (run) => run.ready[pool]?.under(steering.policy).peek(),
        }),
    );
  }

  play(): SimulatedSchedule[] {
    const { runs } = this.#simulation;
    const played: Run[] = [];
    while (played.length < runs.length || this.#ends.size > 0) {
      const arrival = runs[played.length]?.at ?? Number.POSITIVE_INFINITY;
      this.#now = Math.min(arrival, this.#ends.next);
      while (this.#ends.next === this.#now) this.#end(this.#ends.pop());
      for (let next = runs[played.length]; next && next.at <= this.#now; next = runs[played.length]) {
        const run = new Run(next, played.length, this.#simulation.pools.length);
        played.push(run);
        for (const task of run.roots()) this.#ready(run, task);
        this.#touch(run);
      }
      for (const [pool, queue] of this.#queues.entries()) queue.fill(this.#now, (run, task) => this.#start(run, task, pool));
    }
    return played;
  }

  #ready(run: Run, task: number): void {
    run.readyAt[task] = this.#now;
    const pool = run.workflow.pools?.[task] ?? 0;
    run.ready[pool] ??= new TaskHeap(run.ranked, this.#simulation.steering.policy);
    run.ready[pool].push(task);
  }

  /** `but`: the pool that looks at the run anyway. */
  #touch(run: Run, but?: number): void {
    for (let pool = 0; pool < this.#queues.length; pool++) {
      if (pool !== but && run.ready[pool]?.peek() !== undefined) (this.#queues[pool] as RunQueue<Run>).touch(run, this.#now);
    }
  }

  #start(run: Run, task: number, pool: number): Outcome {
    const free = this.#free[pool] as number;
    const slots = run.workflow.slots?.[task] ?? 1;
    if (slots > free) return free > 0 ? "unfit" : "full";
    this.#free[pool] = free - slots;
    run.ready[pool]?.pop();
    run.starts[task] = this.#now;
    if (run.work.started(task, this.#now)) this.#touch(run, pool);
    this.#ends.push(this.#now + 1000 * (run.workflow.seconds[task] as number), this.#startedRuns.length);
    this.#startedRuns.push(run);
    this.#startedTasks.push(task);
    return "started";
  }

  #end(start: number): void {
    const run = this.#startedRuns[start] as Run;
    const task = this.#startedTasks[start] as number;
    const { workflow, missing } = run;
    const pool = workflow.pools?.[task] ?? 0;
    const seconds = workflow.seconds[task] as number;
    this.#free[pool] = (this.#free[pool] as number) + (workflow.slots?.[task] ?? 1);
    if (run.work.ended(task, seconds)) this.#simulation.steering.observe?.(run.demand);
    const { childrenAt, children } = workflow.ranks.graph;
    for (let c = childrenAt[task] as number; c < (childrenAt[task + 1] as number); c++) {
      const child = children[c] as number;
      missing[child] = (missing[child] as number) - 1;
      if (missing[child] === 0) this.#ready(run, child);
    }
    if (--run.open === 0) run.endedAt = this.#now;
    else this.#touch(run);
  }
}

class Run implements SimulatedSchedule {
  readonly workflow: SimulatedWorkflow;
  readonly forecast: WorkflowForecast;
  readonly demand: Demand;
  readonly ranked: Ranked;
  readonly work: RemainingWork;
  /** By pool. */
  readonly ready: (TaskHeap | undefined)[];
  readonly missing: Int32Array;
  readonly readyAt: Float64Array;
  readonly starts: Float64Array;
  open: number;
  endedAt: number;

  constructor({ workflow, forecast, at, priority = 5, deadlineAt, byRank = true, name }: SimulatedRun, index: number, pools: number) {
    const { ranks } = workflow;
    const size = sizeOf(ranks.graph);
    this.workflow = workflow;
    this.forecast = forecast;
    this.work = new RemainingWork(forecast);
    this.demand = {
      run: name ?? String(index).padStart(9, "0"),
      workflow: workflow.name,
      priority,
      createdAt: at,
      work: this.work,
      ...(deadlineAt === undefined ? {} : { deadlineAt }),
    };
    const readyAt = new Float64Array(size);
    this.readyAt = readyAt;
    this.ranked = rankedBy(ranks, this.work, forecast, readyAt, byRank);
    this.ready = new Array(pools).fill(undefined);
    this.missing = new Int32Array(size);
    this.starts = new Float64Array(size).fill(Number.NaN);
    this.open = size;
    this.endedAt = size === 0 ? at : Number.NaN;
  }

  /** Counts what each task needs; gives those that need nothing. */
  *roots(): Generator<number> {
    const { needsAt } = this.workflow.ranks.graph;
    for (let task = 0; task < this.missing.length; task++) {
      this.missing[task] = (needsAt[task + 1] as number) - (needsAt[task] as number);
      if (this.missing[task] === 0) yield task;
    }
  }
}

const rankedBy = (
  ranks: WorkflowRanks,
  work: RemainingWork,
  forecast: WorkflowForecast,
  readyAt: Float64Array,
  byRank: boolean,
): Ranked => ({
  byRank,
  priority: (task) => ranks.priorities[task] as number,
  rank: (task) => ranks.declared[task] as number,
  forecastRank: (task) => forecast.rank[task] as number,
  readyAt: (task) => readyAt[task] as number,
  firstOf: (task) => work.firstOf(task),
  downstream: (task) => ranks.downstream[task] as number,
  upstream: (task) => ranks.upstream[task] as number,
});
